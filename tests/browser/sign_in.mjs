// Certificate sign-in in real Chromium with its own certificate store, against a running demo.
// `node sign_in.mjs [name]` runs the scenarios whose name holds the word. Screenshots: target/screenshots/sign-in/.
import { mkdirSync } from "node:fs";
import { Demo, target } from "./demo.mjs";
import { forgetChoices } from "./nss.mjs";
import { Person } from "./person.mjs";
import { scenarios } from "./scenarios.mjs";

const wanted = process.argv[2] ?? "";
const screenshots = `${target}/screenshots/sign-in`;
mkdirSync(screenshots, { recursive: true });
const demo = await Demo.start(`${target}/browser-demo`);
const failures = [];
try {
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (!name.includes(wanted)) continue;
    const begun = Date.now();
    const people = [];
    // Makes a person with these certificates; `choice` is what the person clicks in the certificate picker.
    const person = async (certificates, choice, options = {}) => {
      const made = await Person.atBrowser({ demo, certificates, choice, screenshots, scenario: name, ...options });
      people.push(made);
      return made;
    };
    const problems = [];
    try {
      await scenario({ demo, person, screenshots });
    } catch (error) {
      problems.push(error.stack ?? String(error));
      for (const one of people) await one.lastLook();
    }
    for (const one of people) problems.push(...(await one.leave()));
    failures.push(...problems.map((problem) => `${name}: ${problem}`));
    console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
  }
} finally {
  forgetChoices();
  await demo.stop();
}
for (const failure of failures) console.log(`\n${failure}`);
process.exit(failures.length === 0 ? 0 : 1);
