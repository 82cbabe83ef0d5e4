// SPDX-License-Identifier: Apache-2.0
// One JSON line per request and its effect, from which a referee judges what an operator did. Never a secret.
import * as fs from 'node:fs';

export class Journal {
  #file;

  #sequence = 0;

  constructor(name) {
    if (!name) return;
    // A restart goes on counting, so that (seq) stays an order over the whole file.
    if (fs.existsSync(name)) this.#sequence = fs.readFileSync(name, 'utf8').split('\n').length - 1;
    this.#file = fs.openSync(name, 'a', 0o600);
  }

  // Synchronous: the line is in the file when the answer goes out, also when the process is killed right after.
  write(line) {
    if (this.#file === undefined) return;
    this.#sequence += 1;
    fs.writeSync(this.#file, `${JSON.stringify({ seq: this.#sequence, time: new Date().toISOString(), ...line })}\n`);
  }
}
