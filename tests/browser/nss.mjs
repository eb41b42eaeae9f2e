// Chromium's own certificate store: one HOME per test person, and the managed policy that picks a certificate.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";

const policyFolder = process.env.CHROMIUM_POLICIES ?? "/etc/chromium/policies/managed";
const policyFile = `${policyFolder}/lanyard-browser-tests.json`;

// Makes a HOME whose store trusts the server's root and holds the given PFX files ({ file, password }).
export function makeHome(folder, rootCertificate, pfxFiles) {
  rmSync(folder, { recursive: true, force: true });
  const database = `${folder}/.pki/nssdb`;
  mkdirSync(database, { recursive: true });
  const run = (command, ...rest) => execFileSync(command, ["-d", `sql:${database}`, ...rest], { stdio: "pipe" });
  run("certutil", "-N", "--empty-password");
  run("certutil", "-A", "-t", "C,,", "-n", "Test TLS root", "-i", rootCertificate);
  for (const { file, password } of pfxFiles) run("pk12util", "-i", file, "-W", password, "-K", "");
  return folder;
}

// Without this policy headless Chromium waits at the certificate picker for ever. Chromium reads it at its start and
// again when the file changes.
export function chooseCertificates(rules) {
  mkdirSync(policyFolder, { recursive: true });
  const AutoSelectCertificateForUrls = rules.map((rule) => JSON.stringify(rule));
  writeFileSync(policyFile, JSON.stringify({ AutoSelectCertificateForUrls }));
}

export function forgetChoices() {
  rmSync(policyFile, { force: true });
}
