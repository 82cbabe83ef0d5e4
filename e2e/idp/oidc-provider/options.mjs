// SPDX-License-Identifier: Apache-2.0
// The command line of the provider: what it can be told, and the help text.
import { parseArgs } from 'node:util';

const HELP = `server.mjs: a real OpenID provider (npm oidc-provider) with registration, a journal, a control port and faults.

usage: e2e/idp/oidc-provider/start [OPTIONS]      (finds Node.js and the modules, then runs this file)

  --port N                     port on --host; 0 (default) takes a free one
  --host ADDRESS               default 127.0.0.1
  --issuer URL                 default: the URL it listens on
  --tls-cert FILE --tls-key FILE   serve https (PEM)
  --initial-access-token TOKEN what guards registration; better: environment IDP_INITIAL_ACCESS_TOKEN, or
  --initial-access-token-file FILE   since a command line can be read by other users. None of them: one is made and
                               written to the ready file
  --ready-file FILE            written (mode 0600) when it listens; the same line goes to stdout, without the token
  --control-port N             control port on 127.0.0.1, http; 0 takes a free one; without it there is none
  --journal FILE               a JSON line per request and its effect
  --state FILE                 keep clients, registration tokens and signing keys (mode 0600); without it a restart loses them
  --faults FILE                fault rules to start with (the same JSON as PUT /faults)
  --resource URI               a resource that tokens may be asked for, may be repeated; none: any absolute URI
  --default-resource URI       what a token request without a resource gets, in place of an opaque token
  --signing-alg ALG            of access tokens: ES256 (default) or RS256
  --token-ttl SECONDS          life of access tokens, default 300
  --keep-registration-token    an update (PUT) does not replace the registration access token
  --client-metadata NAMES      further metadata fields to keep, comma-separated (software_id and others are kept)
`;

export function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}

function readOptions(description) {
  try {
    return parseArgs(description).values;
  } catch (error) {
    return fail(`${error.message}; next: --help`);
  }
}

export const options = readOptions({
  options: {
    help: { type: 'boolean', short: 'h' },
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    issuer: { type: 'string' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    'initial-access-token': { type: 'string' },
    'initial-access-token-file': { type: 'string' },
    'ready-file': { type: 'string' },
    'control-port': { type: 'string' },
    journal: { type: 'string' },
    state: { type: 'string' },
    faults: { type: 'string' },
    resource: { type: 'string', multiple: true, default: [] },
    'default-resource': { type: 'string' },
    'signing-alg': { type: 'string', default: 'ES256' },
    'token-ttl': { type: 'string', default: '300' },
    'keep-registration-token': { type: 'boolean', default: false },
    'client-metadata': { type: 'string', default: '' },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

export function number(name, low, high) {
  const value = Number(options[name]);
  if (!Number.isInteger(value) || value < low || value > high) fail(`--${name} must be a number from ${low} to ${high}`);
  return value;
}
