// SPDX-License-Identifier: Apache-2.0
// Where the provider keeps things. oidc-provider's own memory store forgets after 1000 entries; tests want more.
// With a file, clients, registration tokens and keys survive a restart: a line per change, folded at the next start.
import * as fs from 'node:fs';

const KEPT = new Set(['Client', 'RegistrationAccessToken', 'Setting']);

export class Store {
  #models = new Map();

  #file;

  constructor(name) {
    if (!name) return;
    this.#read(name);
    this.#fold(name);
    this.#file = fs.openSync(name, 'a', 0o600);
  }

  #read(name) {
    if (!fs.existsSync(name)) return;
    for (const line of fs.readFileSync(name, 'utf8').split('\n')) {
      let change;
      try {
        change = JSON.parse(line);
      } catch {
        continue; // empty, or the last line of a process that was killed in the middle of it
      }
      const entries = this.#entries(change.model);
      if (change.value === undefined) entries.delete(change.id); else entries.set(change.id, { value: change.value });
    }
  }

  #fold(name) {
    const lines = [];
    for (const model of KEPT) {
      for (const [id, { value }] of this.#entries(model)) lines.push(JSON.stringify({ model, id, value }));
    }
    fs.writeFileSync(`${name}.new`, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    fs.renameSync(`${name}.new`, name);
  }

  #entries(model) {
    if (!this.#models.has(model)) this.#models.set(model, new Map());
    return this.#models.get(model);
  }

  #keep(model, id, value) {
    if (this.#file !== undefined && KEPT.has(model)) fs.writeSync(this.#file, `${JSON.stringify({ model, id, value })}\n`);
  }

  setting(name) { return this.#entries('Setting').get(name)?.value; }

  setSetting(name, value) {
    this.#entries('Setting').set(name, { value });
    this.#keep('Setting', name, value);
  }

  // The adapter interface of oidc-provider, and for the control port the same without promises.
  adapter(model) {
    const entries = this.#entries(model);
    const live = (entry) => entry && (entry.until === undefined || entry.until > Date.now());
    const store = {
      get: (id) => (live(entries.get(id)) ? entries.get(id).value : undefined),
      all: () => [...entries.values()].filter(live).map((entry) => entry.value),
      put: (id, value, expiresIn) => {
        if (entries.size % 1000 === 999) for (const [old, entry] of entries) if (!live(entry)) entries.delete(old);
        entries.set(id, { value, until: typeof expiresIn === 'number' ? Date.now() + expiresIn * 1000 : undefined });
        this.#keep(model, id, value);
      },
      remove: (id) => {
        if (entries.delete(id)) this.#keep(model, id, undefined);
      },
    };
    return {
      ...store,
      upsert: async (id, value, expiresIn) => store.put(id, value, expiresIn),
      find: async (id) => store.get(id),
      findByUid: async (uid) => store.all().find((value) => value.uid === uid),
      findByUserCode: async (code) => store.all().find((value) => value.userCode === code),
      destroy: async (id) => store.remove(id),
      consume: async (id) => { const value = store.get(id); if (value) value.consumed = Math.floor(Date.now() / 1000); },
      revokeByGrantId: async (grantId) => {
        for (const [id, { value }] of entries) if (value.grantId === grantId) store.remove(id);
      },
    };
  }
}
