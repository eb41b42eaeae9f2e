// What is proven in the browser. Each takes a fresh person with a certificate store of their own.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { target } from "./demo.mjs";

const jane = "jane@agency.example";

export const scenarios = {
  async "full-sign-in"({ demo, person }) {
    const one = await person([demo.pfx("multifactor")]);
    await one.signIn(jane, { look: true });
    await one.isGreetedAs("Jane Doe");
    // The session answers the next application request without a page.
    await one.page.goto(`${demo.facts.application_url}/sign-in`);
    await one.isGreetedAs("Jane Doe");
  },

  async "without-scripts"({ demo, person }) {
    const one = await person([demo.pfx("multifactor")], undefined, { scripts: false });
    await one.signIn(jane, { look: true });
    await one.isGreetedAs("Jane Doe");
  },

  async "sign-out-ends-the-session"({ demo, person }) {
    const one = await person([demo.pfx("multifactor")]);
    await one.signIn(jane);
    await one.isGreetedAs("Jane Doe");
    const login = demo.facts.login_url;
    const cookies = (await one.context.cookies(login)).filter((cookie) => cookie.name.includes("session"));
    assert.equal(cookies.length, 1);
    assert.ok(cookies[0].httpOnly && cookies[0].secure && cookies[0].expires === -1, JSON.stringify(cookies));
    await one.page.getByRole("link", { name: "Sign out" }).click();
    await one.page.waitForURL(`${demo.facts.application_url}/`);
    const left = (await one.context.cookies(login)).filter((cookie) => cookie.name.includes("session"));
    assert.equal(left.length, 0, "the cookie is gone");
    await one.page.goto(`${demo.facts.application_url}/sign-in`);
    await one.page.getByLabel("User name").waitFor();
    // A stolen copy of the cookie is worth nothing either.
    await one.context.addCookies(cookies);
    await one.page.goto(`${demo.facts.application_url}/sign-in`);
    await one.page.getByLabel("User name").waitFor();
    await one.page.goto(`${login}/${demo.facts.tenant_id}/oauth2/v2.0/logout`);
    await one.isAt("You are signed out");
    await one.look("signed-out");
  },

  async "hints-choose-between-issuers"({ demo, person }) {
    // Of three certificates two are from issuers the server names; the third is never offered.
    const stranger = strangersCertificate(demo);
    const two = await person([stranger, demo.pfx("single-factor")]);
    await two.signIn("sam@agency.example");
    await two.isGreetedAs("Sam Lee");
    const rule = (issuer) => [
      { pattern: `https://[*.]${demo.facts.certauth_host}`, filter: { ISSUER: { CN: issuer } } },
    ];
    const three = await person(
      [stranger, demo.pfx("single-factor"), demo.pfx("multifactor")],
      rule("Agency Issuing CA 1"),
    );
    await three.signIn(jane);
    await three.isGreetedAs("Jane Doe");
    // With nothing but the stranger's certificate the browser sends none, and does not ask.
    const none = await person([stranger]);
    await none.giveName(jane);
    await none.useCertificate();
    await none.isAt("No certificate received");
  },

  async "no-certificate"({ demo, person }) {
    const one = await person([]);
    await one.giveName(jane);
    await one.useCertificate();
    await one.isAt("No certificate received");
    await one.look("no-certificate");
    const text = await one.page.locator("main").innerText();
    assert.ok(text.includes(`*${demo.facts.certauth_host}`), "the pattern to exempt from inspection is named");
    await one.page.getByRole("button", { name: "Other ways to sign in" }).click();
    await one.page.getByRole("button", { name: "Use a certificate or smart card" }).waitFor();
    await one.look("other-ways");
  },

  async "wrong-certificate-then-another"({ demo, person }) {
    // The browser keeps sending Mallory's certificate to the host name it chose it for.
    const first = `https://t${demo.facts.tenant_id}.${demo.facts.certauth_host}`;
    const choice = [
      { pattern: first, filter: { SUBJECT: { CN: "Mallory Grey" } } },
      { pattern: `https://[*.]${demo.facts.certauth_host}`, filter: { SUBJECT: { CN: "Jane Doe" } } },
    ];
    const one = await person([demo.pfx("foreign"), demo.pfx("multifactor")], choice);
    const hosts = [];
    one.page.on("request", (request) => {
      const { hostname } = new URL(request.url());
      if (hostname.endsWith(demo.facts.certauth_host) && request.method() === "POST") hosts.push(hostname);
    });
    await one.giveName(jane);
    await one.useCertificate();
    await one.isRefusedWith(1001009);
    await one.look("refused");
    const text = await one.page.locator("main").innerText();
    assert.ok(text.includes("Mallory Grey"), "the certificate that was received is named");
    await one.page.getByRole("button", { name: "Try another certificate" }).click();
    await one.staySignedIn("No");
    await one.acceptIfAsked();
    await one.isGreetedAs("Jane Doe");
    assert.equal(hosts.length, 2);
    assert.notEqual(hosts[0], hosts[1], "the second attempt went to a fresh host name");
  },

  async "refusals-name-their-reason"({ demo, person }) {
    for (const [name, userName, code] of [
      ["revoked", "rita@agency.example", 500171],
      ["expired", "eve@agency.example", 500172],
      ["expired-ca", "carl@agency.example", 500176],
    ]) {
      const one = await person([demo.pfx(name)], undefined, {});
      await one.giveName(userName);
      await one.useCertificate();
      // Chromium keeps back a certificate that has run out, and one whose issuer the server does not hint.
      if (name !== "revoked" && (await one.heading()) === "No certificate received") continue;
      await one.isRefusedWith(code);
      await one.look(name);
    }
  },

  async "stay-signed-in"({ demo, person }) {
    const one = await person([demo.pfx("multifactor")]);
    await one.giveName(jane);
    await one.useCertificate();
    await one.staySignedIn("Yes");
    await one.acceptIfAsked();
    await one.isGreetedAs("Jane Doe");
    const [cookie] = (await one.context.cookies(demo.facts.login_url)).filter(({ name }) => name.includes("session"));
    const days = (cookie.expires - Date.now() / 1000) / 86_400;
    assert.ok(days > 89 && days <= 90, `kept for ${days} days`);
  },

  async "account-picker"({ demo, person }) {
    const one = await person([demo.pfx("multifactor")]);
    await one.signIn(jane);
    await one.page.goto(authorizeUrl(demo, demo.facts.applications.web, { prompt: "select_account" }));
    await one.look("account-picker");
    await one.page.getByRole("button", { name: /Jane Doe/ }).click();
    await one.page.waitForURL(`${demo.facts.application_url}/callback**`);
    await one.page.goto(authorizeUrl(demo, demo.facts.applications.web, { prompt: "select_account" }));
    await one.page.getByRole("button", { name: "Use another account" }).click();
    await one.page.getByLabel("User name").waitFor();
  },

  async "device-code"({ demo, person }) {
    const client_id = demo.facts.applications.native.client_id;
    const base = `${demo.facts.login_url}/${demo.facts.tenant_id}/oauth2/v2.0`;
    const asked = await post(demo, `${base}/devicecode`, { client_id, scope: "openid profile" });
    const one = await person([demo.pfx("multifactor")]);
    await one.page.goto(asked.verification_uri);
    await one.look("device-code");
    await one.page.getByLabel("Code").fill("WRONGCODE");
    await one.page.getByRole("button", { name: "Next" }).click();
    await one.page.getByRole("alert").waitFor();
    await one.look("device-code-wrong");
    await one.page.getByLabel("Code").fill(asked.user_code);
    await one.page.getByRole("button", { name: "Next" }).click();
    await one.page.getByLabel("User name").fill(jane);
    await one.page.getByRole("button", { name: "Next" }).click();
    await one.useCertificate();
    await one.acceptIfAsked();
    await one.isAt("Are you signing in to Demo Command Line");
    await one.look("device-confirm");
    await one.page.getByRole("button", { name: "Continue" }).click();
    await one.isAt("You are signed in to");
    await one.look("device-done");
    const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    const tokens = await post(demo, `${base}/token`, { client_id, grant_type, device_code: asked.device_code });
    assert.ok(tokens.access_token, JSON.stringify(tokens));
  },

  async "form-post"({ demo, person }) {
    const one = await person([demo.pfx("multifactor")]);
    const received = [];
    await one.page.route(`${demo.facts.application_url}/callback`, (route) => {
      received.push(new URLSearchParams(route.request().postData() ?? ""));
      return route.fulfill({ contentType: "text/html", body: "<!doctype html><html lang=en><title>x</title><h1>Signed in</h1>" });
    });
    const from = authorizeUrl(demo, demo.facts.applications.web, { response_mode: "form_post", state: "a<b&\"c" });
    await one.giveName(jane, { from });
    await one.useCertificate();
    await one.staySignedIn("No");
    await one.acceptIfAsked();
    await one.isAt("Signed in");
    assert.equal(received.length, 1);
    assert.equal(received[0].get("state"), "a<b&\"c");
    assert.ok(received[0].get("code"));
  },

  async "foreign-forms-are-refused"({ demo, person }) {
    const one = await person([demo.pfx("multifactor")]);
    await one.signIn(jane);
    one.expectedComplaint = /status of 403/;
    await one.page.route("https://evil.example/**", (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<form method=post action="${demo.facts.login_url}/device"><input name=user_code value=ABC><button>go</button></form>`,
      }),
    );
    await one.page.goto("https://evil.example/");
    const [answer] = await Promise.all([
      one.page.waitForResponse((response) => response.url().endsWith("/device")),
      one.page.getByRole("button").click(),
    ]);
    assert.equal(answer.status(), 403);
  },

  async "msal-browser"({ demo, person }) {
    const site = await singlePageApplication();
    try {
      const created = demo.admin("app", "create", "Browser Test Page", "--spa", site.redirectUri);
      const settings = {
        auth: {
          clientId: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(created)[0],
          authority: `${demo.facts.login_url}/${demo.facts.tenant_id}`,
          knownAuthorities: [new URL(demo.facts.login_url).host],
          redirectUri: site.redirectUri,
        },
        cache: { cacheLocation: "sessionStorage" },
      };
      const one = await person([demo.pfx("multifactor")]);
      await one.page.goto(site.redirectUri);
      const begun = one.page.evaluate(async (settings) => {
        const app = await msal.createStandardPublicClientApplication(settings);
        await app.loginRedirect({ scopes: ["openid", "profile"] });
      }, settings);
      await Promise.race([begin(begun), one.page.waitForURL(`${demo.facts.login_url}/**`)]);
      await one.page.getByLabel("User name").fill(jane);
      await one.page.getByRole("button", { name: "Next" }).click();
      await one.useCertificate();
      await one.staySignedIn("No");
      await one.acceptIfAsked({ look: true });
      await one.isAt("Single page");
      const result = await one.page.evaluate(async (settings) => {
        const app = await msal.createStandardPublicClientApplication(settings);
        const back = await app.handleRedirectPromise();
        app.setActiveAccount(back.account);
        const silent = await app.acquireTokenSilent({ scopes: ["openid", "profile"], forceRefresh: true });
        return { username: back.account.username, tenant: back.account.tenantId, silent: silent.idTokenClaims.preferred_username };
      }, settings);
      assert.deepEqual(result, { username: jane, tenant: demo.facts.tenant_id, silent: jane });
    } finally {
      site.close();
    }
  },

  // Last: the server is started anew with one certificate for all names, which lets HTTP/2 connections coalesce.
  async "coalescing-is-answered-by-421"({ demo, person }) {
    await demo.serveInstead(() => oneCertificateForAllNames(demo));
    const one = await person([demo.pfx("multifactor")]);
    const before = await demo.metric("lanyard_http_misdirected_total");
    let received;
    await one.page.route(`${demo.facts.application_url}/callback**`, (route) => {
      received = new URL(route.request().url());
      return route.fulfill({ contentType: "text/html", body: "<!doctype html><html lang=en><title>x</title><h1>Signed in</h1>" });
    });
    await one.giveName(jane, { from: authorizeUrl(demo, demo.facts.applications.web, {}) });
    await one.useCertificate();
    await one.staySignedIn("No");
    await one.isAt("Signed in");
    assert.ok(received.searchParams.get("code"), received.href);
    const misdirected = (await demo.metric("lanyard_http_misdirected_total")) - before;
    assert.ok(misdirected > 0, "Chromium tried the login host's connection for the certificate page and got 421");
  },
};

// A page that loads msal-browser as a plain script, on a port of its own.
async function singlePageApplication() {
  const script = readFileSync(new URL("node_modules/@azure/msal-browser/lib/msal-browser.min.js", import.meta.url));
  const html = '<!doctype html><html lang=en><title>Page</title><link rel=icon href="data:,"><h1>Single page</h1><script src="msal.js"></script>';
  const server = http.createServer((request, answer) => {
    const isScript = request.url === "/msal.js";
    answer.setHeader("content-type", isScript ? "text/javascript" : "text/html").end(isScript ? script : html);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { redirectUri: `http://localhost:${server.address().port}/`, close: () => server.close() };
}

// The page leaves while this runs; how that is reported does not matter, but a refusal by the library does.
const begin = (running) => running.catch((error) => (/context|navigat|closed/i.test(error.message) ? new Promise(() => {}) : Promise.reject(error)));

function authorizeUrl(demo, application, more) {
  const parameters = new URLSearchParams({
    client_id: application.client_id,
    response_type: "code",
    redirect_uri: application.redirect_uri,
    scope: "openid profile",
    state: "s",
    nonce: "n",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    ...more,
  });
  return `${demo.facts.login_url}/${demo.facts.tenant_id}/oauth2/v2.0/authorize?${parameters}`;
}

// A form of a program, to a host name that only browsers find.
function post(demo, url, fields) {
  const body = new URLSearchParams(fields).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body) };
  const lookup = (_host, options, done) => (options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4));
  return new Promise((done, failed) => {
    const options = { method: "POST", headers, lookup, ca: readFileSync(demo.facts.tls_root_pem) };
    const request = https.request(url, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => done(JSON.parse(text)));
    });
    request.on("error", failed).end(body);
  });
}

const openssl = (...args) => execFileSync("openssl", args, { stdio: "pipe" });

// A certificate of an authority that the server does not know, for Jane's name.
function strangersCertificate() {
  const [key, pem, file] = ["key", "pem", "pfx"].map((ending) => `${target}/browser-stranger.${ending}`);
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
    "-subj", "/CN=Stranger", "-addext", "extendedKeyUsage=clientAuth", "-keyout", key, "-out", pem);
  openssl("pkcs12", "-export", "-inkey", key, "-in", pem, "-out", file, "-passout", "pass:stranger", "-name", "stranger");
  return { file, password: "stranger" };
}

// Replaces the demo's two server certificates by one of a new root, and lets the browser trust that root.
function oneCertificateForAllNames(demo) {
  const host = new URL(demo.facts.login_url).hostname;
  const base = host.replace(/^login\./, "");
  const tls = `${demo.folder}/tls`;
  const rootPem = `${target}/browser-one-root.pem`;
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
    "-subj", "/CN=One Root", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", `${rootPem}.key`, "-out", rootPem);
  const names = [host, "localhost", `certauth.${base}`, `*.certauth.${base}`].map((name) => `DNS:${name}`).join();
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=One",
    "-CA", rootPem, "-CAkey", `${rootPem}.key`, "-addext", `subjectAltName=${names}`, "-addext", "basicConstraints=critical,CA:FALSE",
    "-addext", "extendedKeyUsage=serverAuth", "-keyout", `${tls}/login.key`, "-out", `${tls}/login.pem`);
  for (const ending of ["pem", "key"]) execFileSync("cp", [`${tls}/login.${ending}`, `${tls}/certauth.${ending}`]);
  demo.facts.tls_root_pem = rootPem;
}
