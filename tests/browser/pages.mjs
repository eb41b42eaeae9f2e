// Opens every page of the preview in Chromium, narrow and wide, and fails on any accessibility violation, any refusal by
// the content security policy, any failed request, any horizontal overflow and any wrong keyboard order.
// Screenshots: target/screenshots/pages/.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { auditAccessibility, launch, watch } from "./browser.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const screenshots = `${root}/target/screenshots/pages`;
const widths = [320, 1440];
const sendsAtOnce = new Set(["hand-over", "form-post"]);

mkdirSync(screenshots, { recursive: true });
const preview = spawn("cargo", ["run", "-q", "-p", "lanyard-pages", "--example", "preview", "0"], {
  cwd: root,
  stdio: ["ignore", "pipe", "inherit"],
});
const failures = [];
try {
  const base = await firstLine(preview.stdout);
  const names = await (await fetch(`${base}pages.json`)).json();
  const browser = await launch();
  const titles = new Map();
  for (const name of names) {
    for (const width of widths) {
      await withScripts(browser, base, name, width, titles);
    }
    await withoutScripts(browser, base, name);
  }
  for (const [title, owners] of titles) {
    if (new Set(owners).size > 1) failures.push(`title "${title}" is shared by ${[...new Set(owners)].join(", ")}`);
  }
  await browser.close();
  console.log(`${names.length} pages at ${widths.join(" and ")} pixels, with and without scripts: ${failures.length} failures`);
} finally {
  preview.kill();
}
for (const failure of failures) console.log(`FAIL ${failure}`);
process.exit(failures.length === 0 ? 0 : 1);

async function withScripts(browser, base, name, width, titles) {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const page = await context.newPage();
  const complaints = watch(page);
  const posts = [];
  page.on("request", (request) => {
    if (request.url().startsWith("https:")) posts.push(request.method());
  });
  await page.route(/^https:/, (route) => route.fulfill({ status: 204 }));
  const sent = sendsAtOnce.has(name) && page.waitForRequest(/^https:/, { timeout: 10_000 }).catch(() => undefined);
  // A page that sends its form at once may never report "load": its next page is on the way.
  const answer = await page.goto(`${base}page/${name}`, { waitUntil: "commit" });
  await page.locator("footer").waitFor();
  await page.evaluate(() => document.fonts.ready);
  await sent;
  const at = `${name} at ${width}`;
  if (sendsAtOnce.has(name) && posts.join() !== "POST") failures.push(`${at}: the form was not sent at once (${posts})`);
  if (!sendsAtOnce.has(name) && posts.length > 0) failures.push(`${at}: sent something by itself`);
  if (answer.headers()["cache-control"] !== "no-store") failures.push(`${at}: may be cached`);
  await page.screenshot({ path: `${screenshots}/${name}-${width}.png`, fullPage: true });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) failures.push(`${at}: ${overflow} pixels too wide`);
  failures.push(...complaints.filter((text) => !/status of [45]\d\d/.test(text)).map((text) => `${at}: ${text}`));
  for (const violation of await auditAccessibility(page)) failures.push(`${at}: ${violation}`);
  for (const problem of await keyboardProblems(page)) failures.push(`${at}: ${problem}`);
  const title = (await page.title()).replace(/^Error: (?=Sign in|Enter code)/, "");
  titles.set(title, [...(titles.get(title) ?? []), name.replace(/-(problem|none|administrator|refused|applications|short)$/, "")]);
  await context.close();
}

async function withoutScripts(browser, base, name) {
  const context = await browser.newContext({ viewport: { width: 320, height: 900 }, javaScriptEnabled: false });
  const page = await context.newPage();
  let posted = 0;
  page.on("request", (request) => {
    if (request.url().startsWith("https:")) posted += 1;
  });
  await page.route(/^https:/, (route) => route.fulfill({ status: 204 }));
  await page.goto(`${base}page/${name}`);
  if (posted > 0) failures.push(`${name}: sent something without scripts`);
  for (const button of await page.locator("button").all()) {
    const dead = (await button.getAttribute("type")) === "button";
    if (dead && (await button.isVisible())) failures.push(`${name}: a button without effect is shown without scripts`);
  }
  if (sendsAtOnce.has(name)) {
    const sent = page.waitForRequest(/^https:/, { timeout: 10_000 }).catch(() => undefined);
    await page.getByRole("button", { name: "Continue" }).click({ noWaitAfter: true });
    await sent;
    if (posted !== 1) failures.push(`${name}: Continue does not send the form`);
  }
  await context.close();
}

// Tab must visit every control once, in document order, each visibly focused.
async function keyboardProblems(page) {
  const expected = await page.evaluate(() => {
    window.scrollTo(0, 0);
    document.activeElement?.blur();
    const all = document.querySelectorAll("a[href], button:not([hidden]), input:not([type=hidden]), textarea, summary, [tabindex='0']");
    return [...all].filter((element) => element.checkVisibility()).map((element, index) => {
      element.dataset.order = String(index);
      return element.outerHTML.slice(0, 70);
    });
  });
  const problems = [];
  for (let index = 0; index < expected.length; index += 1) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      return {
        order: element.dataset.order,
        visible: style.outlineStyle !== "none" && box.width > 0 && box.height > 0,
        html: element.outerHTML.slice(0, 70),
      };
    });
    if (focus.order !== String(index)) problems.push(`Tab ${index + 1} reached ${focus.html} instead of ${expected[index]}`);
    else if (!focus.visible) problems.push(`focus is not visible on ${focus.html}`);
  }
  return problems;
}

function firstLine(stream) {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stream });
    lines.once("line", resolve);
    lines.once("close", () => reject(new Error("the preview did not start")));
  });
}
