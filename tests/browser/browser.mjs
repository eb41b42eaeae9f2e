// Chromium and the checks that every page has to pass.
import axe from "axe-core";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "section508", "best-practice"];

export function launch(options = {}) {
  return chromium.launch({ executablePath, headless: true, ...options, args: ["--no-sandbox", ...(options.args ?? [])] });
}

// Collects what the browser complains about: policy violations, script errors, failed requests.
export function watch(page, isOurs = () => true) {
  const complaints = [];
  page.on("console", (message) => {
    const { url } = message.location();
    const serious = message.type() === "error" || message.type() === "warning";
    if (serious && isOurs(url)) complaints.push(`console: ${message.text()} (${url})`);
  });
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("response", (response) => {
    const asset = new URL(response.url()).pathname.startsWith("/assets/");
    if (asset && response.status() >= 400) complaints.push(`asset: ${response.status()} ${response.url()}`);
  });
  return complaints;
}

// The violations axe-core finds, one line each.
export async function auditAccessibility(page) {
  await page.evaluate(axe.source);
  const result = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values } }), tags);
  return result.violations.map(
    (violation) => `axe ${violation.id}: ${violation.help} (${violation.nodes.map((node) => node.html.slice(0, 90)).join(" | ")})`,
  );
}
