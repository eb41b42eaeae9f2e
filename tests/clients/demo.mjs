// The running demo: what demo.json says, and a browser that signs in with a certificate at its pages.
// It knows nothing of the product but its HTML: it fills in the forms that it is shown.

import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import https from 'node:https';

// Browsers find every name below .localhost on this machine; the C library may not.
const lookup = dns.lookup;
dns.lookup = (host, options, done) => {
  if (typeof options === 'function') [options, done] = [{}, options];
  return lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, options, done);
};

export const demo = JSON.parse(readFileSync(process.env.LANYARD_DEMO, 'utf8'));
export const authority = `${demo.login_url}/${demo.tenant_id}`;
export const application = (name) => demo.applications[name];
export const user = (name) => demo.users.find((one) => one.name === name);
export const read = (path) => readFileSync(path, 'utf8');

const ANSWERS = { stay: 'no', consent: 'accept', decision: 'accept', answer: 'continue' };

const unescape = (text) =>
  text
    .replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(Number(number)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const attribute = (tag, name) => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
  return found ? unescape(found[1]) : undefined;
};

const firstForm = (html) => {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/.exec(html);
  if (!form) return undefined;
  const fields = {};
  const asked = [];
  for (const [input] of form[2].matchAll(/<input\b[^>]*>/g)) {
    const name = attribute(input, 'name');
    const type = attribute(input, 'type') ?? 'text';
    if (!name || type === 'checkbox') continue;
    if (type === 'text' || type === 'email') asked.push(name);
    fields[name] = attribute(input, 'value') ?? '';
  }
  const buttons = [...form[2].matchAll(/<button\b[^>]*>/g)]
    .map(([button]) => [attribute(button, 'name'), attribute(button, 'value')])
    .filter(([name]) => name);
  return { action: attribute(form[1], 'action') ?? '', fields, asked, buttons };
};

export class Browser {
  constructor(who) {
    this.who = who;
    this.cookies = new Map();
  }

  // Opens `url` and goes on until the browser is sent to `redirectUri`; the answer is the whole URL with parameters.
  async signIn(url, redirectUri, deviceCode) {
    const home = (target) => redirectUri && target.split(/[?#]/)[0].replace(/\/$/, '') === redirectUri.replace(/\/$/, '');
    let response = await this.send('GET', url);
    for (let page = 0; page < 12; page += 1) {
      if (response.location) {
        const target = new URL(response.location, response.url).href;
        if (home(target)) return target;
        response = await this.send('GET', target);
        continue;
      }
      const refused = /AADSTS(\d+)/.exec(response.body.replace(/<script[\s\S]*?<\/script>/g, ''));
      if (refused || response.status >= 400) {
        throw Object.assign(new Error(`HTTP ${response.status} ${refused?.[0]}`), { code: Number(refused?.[1]) });
      }
      const form = firstForm(response.body);
      if (!form) return undefined;
      for (const name of form.asked) {
        form.fields[name] = name.includes('code') ? deviceCode : this.who.user_principal_name;
      }
      for (const [name, value] of form.buttons) if (ANSWERS[name] === value) form.fields[name] = value;
      const target = new URL(form.action, response.url).href;
      if (home(target)) return `${target}?${new URLSearchParams(form.fields)}`;
      response = await this.send('POST', target, new URLSearchParams(form.fields).toString());
    }
    throw new Error('no end after twelve pages');
  }

  send(method, url, body) {
    const target = new URL(url);
    const certificate = target.hostname.includes('certauth')
      ? { cert: read(this.who.certificate_pem), key: read(this.who.key_pem), agent: false }
      : {};
    const kept = this.cookies.get(target.hostname) ?? new Map();
    this.cookies.set(target.hostname, kept);
    const headers = { cookie: [...kept].map(([name, value]) => `${name}=${value}`).join('; ') };
    if (body !== undefined) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      headers['content-length'] = Buffer.byteLength(body);
      headers.origin = demo.login_url;
    }
    return new Promise((done, failed) => {
      const request = https.request(target, { method, headers, ca: read(demo.tls_root_pem), ...certificate }, (answer) => {
        for (const cookie of answer.headers['set-cookie'] ?? []) {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
          if (value) kept.set(name, value);
          else kept.delete(name);
        }
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part) => (text += part));
        answer.on('end', () =>
          done({ url, status: answer.statusCode, location: answer.headers.location, body: text }),
        );
      });
      request.on('error', failed);
      request.end(body);
    });
  }
}
