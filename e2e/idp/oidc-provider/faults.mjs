// SPDX-License-Identifier: Apache-2.0
// Rules that make the provider fail the way providers and networks do. The same JSON as the simulators take.
const ACTIONS = ['status', 'html', 'delay', 'drop_before', 'drop_after', 'truncate', 'half_open', 'crash_before', 'crash_after'];
const MEMBERS = ['match', 'action', 'status', 'body', 'headers', 'delay_ms', 'times'];
const MATCH_MEMBERS = ['method', 'path', 'nth'];

function only(names, object, where) {
  // A misspelt fault must not pass for a provider that survived it.
  for (const name of Object.keys(object)) if (!names.includes(name)) throw new Error(`${where}: unknown member ${name}`);
}

function count(value, name, least) {
  if (!Number.isInteger(value) || value < least) throw new Error(`${name} must be a whole number from ${least}`);
  return value;
}

function wildcard(pattern, text) {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

class Rule {
  matched = 0;

  constructor(json) {
    only(MEMBERS, json, 'fault');
    const match = json.match ?? {};
    only(MATCH_MEMBERS, match, 'fault.match');
    if (!ACTIONS.includes(json.action)) throw new Error(`fault.action must be one of ${ACTIONS.join(', ')}`);
    this.json = json;
    this.action = json.action;
    this.method = match.method ?? '*';
    this.path = match.path ?? '*';
    this.nth = count(match.nth ?? 1, 'fault.match.nth', 1);
    this.times = count(json.times ?? 1, 'fault.times', 0);
    this.delayMs = count(json.delay_ms ?? 0, 'fault.delay_ms', 0);
  }

  // Counts every request that matches, whether or not it strikes.
  strikes(method, path) {
    if (!wildcard(this.method, method) || !wildcard(this.path, path)) return false;
    this.matched += 1;
    return this.matched >= this.nth && (this.times === 0 || this.matched < this.nth + this.times);
  }

  answer() {
    const html = this.action === 'html';
    const body = this.json.body ?? (html ? '<html><body><h1>503 Service Unavailable</h1></body></html>' : { error: 'server_error' });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = html ? 'text/html' : typeof body === 'string' ? 'text/plain' : 'application/json';
    return { status: this.json.status ?? 503, headers: { 'content-type': type, ...this.json.headers }, body: text };
  }
}

export class Faults {
  #rules = [];

  replace(json) {
    this.#rules = (Array.isArray(json) ? json : json.rules).map((rule) => new Rule(rule));
  }

  add(json) {
    const rules = Array.isArray(json) ? json : json.rules ?? [json];
    this.#rules.push(...rules.map((rule) => new Rule(rule)));
  }

  list() {
    return this.#rules.map((rule) => ({ ...rule.json, matched: rule.matched }));
  }

  strike(method, path) {
    const struck = this.#rules.filter((rule) => rule.strikes(method, path));
    return struck[0];
  }
}
