// One person at one browser with a certificate store, who goes through the sign-in pages and looks at each of them.
import { strict as assert } from "node:assert";
import { auditAccessibility, launch, watch } from "./browser.mjs";
import { target } from "./demo.mjs";
import { chooseCertificates, makeHome } from "./nss.mjs";

const widths = [1440, 320];
// Pages that want something of the person, or end the way. "No certificate was sent" and "Certificate received" do not: they
// go on by themselves.
const atRest = /Stay signed in|Signed in|Permissions|could not sign|No certificate received|Are you signing/;
let homes = 0;

export class Person {
  static async atBrowser({ demo, certificates, choice, screenshots, scenario, scripts = true, browserArguments = [] }) {
    homes += 1;
    const home = makeHome(`${target}/browser-homes/${homes}`, demo.facts.tls_root_pem, certificates);
    const anyCertificate = [{ pattern: `https://[*.]${demo.facts.certauth_host}`, filter: {} }];
    chooseCertificates(choice ?? anyCertificate);
    const browser = await launch({ args: browserArguments, env: { ...process.env, HOME: home } });
    const context = await browser.newContext({ viewport: { width: widths[0], height: 900 }, javaScriptEnabled: scripts });
    const page = await context.newPage();
    return Object.assign(new Person(), {
      demo, browser, context, page, screenshots, scenario, scripts,
      problems: [],
      looks: 0,
      // What the demo application's own pages lack (an icon) is not our matter.
      complaints: watch(page, (url) => !url.startsWith(demo.facts.application_url)),
    });
  }

  // Checks and photographs the page at hand.
  async look(name) {
    this.looks += 1;
    for (const width of widths) {
      await this.page.setViewportSize({ width, height: 900 });
      await this.page.screenshot({ path: `${this.screenshots}/${this.scenario}-${this.looks}-${name}-${width}.png`, fullPage: true });
    }
    await this.page.setViewportSize({ width: widths[0], height: 900 });
    if (!this.scripts) return;
    const before = this.complaints.length;
    for (const violation of await auditAccessibility(this.page)) this.problems.push(`${name}: ${violation}`);
    this.complaints.length = before;
  }

  heading() {
    return this.page.locator("h1").innerText();
  }

  // Waits for the page with this heading; says which page is there instead.
  async isAt(heading) {
    await this.page.locator("h1", { hasText: heading }).waitFor().catch(async () => {
      assert.fail(`expected the page "${heading}", there is "${await this.heading()}"`);
    });
  }

  // From the application to the method page.
  async giveName(userName, { from = `${this.demo.facts.application_url}/sign-in`, look = false } = {}) {
    await this.page.goto(from);
    await this.page.getByLabel("User name").waitFor();
    if (look) await this.look("user-name");
    await this.page.getByLabel("User name").fill(userName);
    await this.page.getByRole("button", { name: "Next" }).click();
  }

  // The certificate page and the way back, until a page wants something of the person again.
  async useCertificate({ look = false } = {}) {
    const button = this.page.getByRole("button", { name: "Use a certificate or smart card" });
    // Who used a certificate last time is sent on at once.
    const handedOver = this.page.locator("form[data-submit-at-once]");
    await button.or(handedOver).or(this.page.locator("h1", { hasText: atRest })).first().waitFor();
    if (await button.isVisible().catch(() => false)) {
      if (look) await this.look("method");
      await button.click().catch(() => undefined);
    }
    if (!this.scripts) {
      const hands = handedOver.getByRole("button", { name: "Continue" });
      await hands.waitFor();
      if (look) await this.look("hand-over");
      await hands.click();
    }
    await this.page.locator("h1", { hasText: atRest }).waitFor();
  }

  async staySignedIn(answer, { look = false } = {}) {
    await this.isAt(/Stay signed in/);
    if (look) await this.look("stay-signed-in");
    await this.page.getByRole("button", { name: answer, exact: true }).click();
    await this.page.locator("h1", { hasNotText: /Stay signed in/ }).waitFor();
  }

  async acceptIfAsked({ look = false } = {}) {
    if (!/Permissions/.test(await this.heading())) return;
    if (look) await this.look("consent");
    await this.page.getByRole("button", { name: "Accept" }).click();
    await this.page.locator("h1", { hasNotText: /Permissions/ }).waitFor();
  }

  // The whole way to the demo application.
  async signIn(userName, { look = false } = {}) {
    await this.giveName(userName, { look });
    await this.useCertificate({ look });
    await this.staySignedIn("No", { look });
    await this.acceptIfAsked({ look });
  }

  async isGreetedAs(name) {
    const greeting = this.page.locator("#greeting");
    await greeting.waitFor();
    assert.equal(await greeting.innerText(), `Hello, ${name}.`);
  }

  async isRefusedWith(code) {
    const text = await this.page.locator("main").innerText();
    assert.ok(text.includes(`AADSTS${code}`), `expected AADSTS${code} on the page:\n${text}`);
  }

  async lastLook() {
    await this.page.screenshot({ path: `${this.screenshots}/${this.scenario}-failed.png`, fullPage: true }).catch(() => undefined);
    this.problems.push(`it ended at ${this.page.url()}: ${await this.heading().catch(() => "no page")}`);
  }

  async leave() {
    await this.browser.close();
    const unexpected = this.complaints.filter((complaint) => !this.expectedComplaint?.test(complaint));
    return [...this.problems, ...unexpected];
  }
}
