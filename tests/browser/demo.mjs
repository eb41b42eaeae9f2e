// A demo server of our own for the browser to sign in at, and what its demo.json says.
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const target = process.env.LANYARD_TARGET ?? `${root}/target`;
const binary = process.env.LANYARD_BIN ?? `${target}/debug/lanyard`;

export class Demo {
  // Starts `lanyard demo` in a folder of its own and waits for its facts.
  static async start(folder) {
    rmSync(folder, { recursive: true, force: true });
    const demo = new Demo(folder);
    await demo.run(["demo", "--folder", folder], () => existsSync(`${folder}/demo.json`));
    demo.facts = JSON.parse(readFileSync(`${folder}/demo.json`, "utf8"));
    return demo;
  }

  constructor(folder) {
    this.folder = folder;
    this.environment = { ...process.env };
    for (const name of ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]) {
      delete this.environment[name];
    }
  }

  user(name) {
    return this.facts.users.find((user) => user.name === name);
  }

  pfx(name) {
    const user = this.user(name);
    return { file: user.pfx, password: user.pfx_password };
  }

  // `lanyard admin …` on the demo's database, what it says.
  admin(...args) {
    const options = { env: this.environment, encoding: "utf8" };
    return execFileSync(binary, ["admin", "--config", this.facts.config, ...args], options);
  }

  async run(args, isReady) {
    const log = createWriteStream(`${target}/browser-${args[0]}.log`);
    this.process = spawn(binary, args, { env: this.environment, stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout.pipe(log);
    this.process.stderr.pipe(log);
    let ended = false;
    this.exited = new Promise((done) => this.process.once("exit", () => done((ended = true))));
    for (const begun = Date.now(); !(await isReady()); await pause(20)) {
      if (ended) throw new Error(`lanyard ${args[0]} ended; see target/browser-${args[0]}.log`);
      if (Date.now() - begun > 60_000) throw new Error(`lanyard ${args[0]} was not ready within a minute`);
    }
  }

  // Goes on as `lanyard serve` with the demo's configuration, after `change` was made to its files.
  async serveInstead(change) {
    await this.stop();
    change();
    const ready = `${this.facts.management_url}/readyz`;
    await this.run(["serve", "--config", this.facts.config], async () => (await fetch(ready).catch(() => null))?.ok);
  }

  async metric(name) {
    const text = await (await fetch(`${this.facts.management_url}/metrics`)).text();
    return text
      .split("\n")
      .filter((line) => line.startsWith(name))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  }

  async stop() {
    this.process.kill("SIGINT");
    await this.exited;
  }
}
