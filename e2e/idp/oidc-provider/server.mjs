// SPDX-License-Identifier: Apache-2.0
// A real OpenID provider for the end-to-end tests: npm oidc-provider, and around it what a test needs and a provider
// does not have: a journal of effects, a control port, faults. What clients see is oidc-provider's own behaviour.
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Faults } from './faults.mjs';
import { Journal } from './journal.mjs';
import { fail, number, options } from './options.mjs';
import { Store } from './store.mjs';

// The modules may lie outside the checkout: import by path, since ES modules heed no NODE_PATH.
const modules = process.env.SALLYPORT_IDP_MODULES || path.dirname(fileURLToPath(import.meta.url));
const resolve = createRequire(path.join(modules, 'package.json')).resolve;
const load = async (name) => import(pathToFileURL(resolve(name)).href);
const { Provider, errors } = await load('oidc-provider').catch(() => fail('npm oidc-provider is not installed; next: scripts/setup'));
// Internal, hence the exact version in package.json: the only way to the set of known scopes (see buildProvider).
const internals = (await load('oidc-provider/lib/helpers/weak_cache.js')).default;

const signingAlg = options['signing-alg'];
if (!['ES256', 'RS256'].includes(signingAlg)) fail('--signing-alg must be ES256 or RS256');
const tokenTtl = number('token-ttl', 1, 86400);
if (Boolean(options['tls-cert']) !== Boolean(options['tls-key'])) fail('--tls-cert and --tls-key belong together');

let initialAccessToken = options['initial-access-token'] ?? process.env.IDP_INITIAL_ACCESS_TOKEN;
if (options['initial-access-token-file']) initialAccessToken = fs.readFileSync(options['initial-access-token-file'], 'utf8').trim();
if (!initialAccessToken) {
  if (!options['ready-file']) fail('no initial access token: set IDP_INITIAL_ACCESS_TOKEN, or give --ready-file to have one made');
  initialAccessToken = crypto.randomBytes(24).toString('base64url');
}

const journal = new Journal(options.journal);
const faults = new Faults();
if (options.faults) faults.replace(JSON.parse(fs.readFileSync(options.faults, 'utf8')));
const store = new Store(options.state);

// ---------------------------------------------------------------------------------------------------------- the provider

const EXTRA_METADATA = ['software_id', 'software_version', 'software_statement',
  ...options['client-metadata'].split(',').map((name) => name.trim()).filter(Boolean)];

function newKeys() {
  return [['RS256', 'rsa', { modulusLength: 2048 }], ['ES256', 'ec', { namedCurve: 'P-256' }]].map(([alg, type, how]) => {
    const { privateKey } = crypto.generateKeyPairSync(type, how);
    return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `${alg.toLowerCase()}-${crypto.randomBytes(4).toString('hex')}` };
  });
}

if (!store.setting('keys')) store.setSetting('keys', newKeys());
if (!store.setting('cookies')) store.setSetting('cookies', [crypto.randomBytes(24).toString('base64url')]);

let issuer;
let provider;
let callback;

function buildProvider() {
  provider = new Provider(issuer, {
    adapter: (model) => store.adapter(model),
    jwks: { keys: store.setting('keys') },
    cookies: { keys: store.setting('cookies') },
    clients: [],
    responseTypes: ['code', 'none'],
    extraClientMetadata: { properties: EXTRA_METADATA },
    ttl: { ClientCredentials: tokenTtl, AccessToken: tokenTtl },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      registration: { enabled: true, initialAccessToken },
      registrationManagement: { enabled: true, rotateRegistrationAccessToken: !options['keep-registration-token'] },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (_ctx, _client, oneOf) => oneOf ?? options['default-resource'],
        useGrantedResource: async () => true,
        getResourceServerInfo: async (ctx, resource) => {
          const known = options.resource.length === 0 || options.resource.includes(resource) || resource === options['default-resource'];
          if (!known) throw new errors.InvalidTarget();
          // Any scope that is asked for exists; which client may have it is decided by the client's own `scope`.
          return {
            scope: ctx.oidc.params?.scope ?? '', audience: resource, accessTokenTTL: tokenTtl, accessTokenFormat: 'jwt',
            jwt: { sign: { alg: signingAlg } },
          };
        },
      },
    },
    extraTokenClaims: async (_ctx, token) => {
      const groups = store.setting('groups')?.[token.clientId];
      return groups ? { groups } : undefined;
    },
  });
  // oidc-provider knows a fixed list of scopes; a company's provider knows those of all its applications. With this, a
  // client may register any scope, such as `fraud:score`, and one that registered a scope is refused every other.
  internals(provider).configuration.scopes.has = (scope) => typeof scope === 'string';

  provider.use(recordEffect);
  provider.on('server_error', (_ctx, error) => process.stderr.write(`server_error ${error.stack}\n`));
  callback = provider.callback();
}

const ACTIONS = {
  registration: 'registered', client: 'read', client_update: 'updated', client_delete: 'deleted', token: 'token',
  introspection: 'introspected', revocation: 'revoked', jwks: 'keys', discovery: 'discovered',
};
// As in the simulators, signing in is none.
const MUTATING = new Set(['registered', 'updated', 'deleted', 'revoked']);
const SECRET_METADATA = new Set(['client_secret', 'registration_access_token', 'jwks', 'software_statement']);

function publicMetadata(metadata) {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !SECRET_METADATA.has(name)));
}

// Written when the effect has happened and before the answer goes out: a client that knows its answer is in the journal.
async function recordEffect(ctx, next) {
  await next();
  const record = ctx.req.record;
  const ok = ctx.status < 400;
  const oidc = ctx.oidc;
  const action = ok ? ACTIONS[oidc?.route] ?? 'none' : 'none';
  const clientId = oidc?.entities?.Client?.clientId;
  const effect = {};
  if (action === 'registered' || action === 'updated') {
    // Not oidc.client: on an update that is the client as it was before.
    effect.metadata = publicMetadata(await store.adapter('Client').find(clientId) ?? {});
  } else if (action === 'token') {
    const token = oidc.entities.ClientCredentials ?? oidc.entities.AccessToken;
    Object.assign(effect, {
      grant_type: oidc.params?.grant_type, scope: token?.scope, audience: token?.aud, format: token?.format,
      expires_in: ctx.body?.expires_in,
    });
  }
  if (!ok) {
    effect.error = ctx.body?.error;
    effect.error_description = ctx.body?.error_description;
  }
  journal.write({ ...record.line, status: record.drops ? 0 : ctx.status, who: clientId ?? '', mutating: MUTATING.has(action),
    action, client_id: clientId, effect, ms: Date.now() - record.started });
  if (record.fault?.action === 'crash_after') crash();
}

function crash() {
  process.kill(process.pid, 'SIGKILL');
}

// ------------------------------------------------------------------------------------------------- requests and their faults

async function handle(req, res) {
  const [pathname] = req.url.split('?');
  const fault = faults.strike(req.method, pathname);
  const record = { started: Date.now(), fault, line: { method: req.method, path: pathname, fault: fault?.action ?? '' } };
  req.record = record;
  const withoutEffect = (status) => journal.write({ ...record.line, status, who: '', mutating: false, action: 'none', effect: {},
    ms: Date.now() - record.started });

  switch (fault?.action) {
    case 'status':
    case 'html': {
      // The body is read first: a client that is still sending must get the answer, not a reset.
      for await (const _ of req); // eslint-disable-line no-unused-vars
      const answer = fault.answer();
      withoutEffect(answer.status);
      res.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
      res.end(answer.body);
      return;
    }
    case 'drop_before':
      withoutEffect(0);
      req.socket.destroy();
      return;
    case 'half_open':
      withoutEffect(0);
      return;
    case 'crash_before':
      withoutEffect(0);
      crash();
      return;
    case 'delay':
      await new Promise((done) => { setTimeout(done, fault.delayMs); });
      break;
    case 'drop_after':
    case 'crash_after':
      record.drops = true;
      dropAnswer(req, res);
      break;
    case 'truncate':
      truncateAnswer(req, res);
      break;
    default:
  }
  callback(req, res);
}

function dropAnswer(req, res) {
  res.writeHead = () => res;
  res.flushHeaders = () => {};
  res.write = () => true;
  res.end = () => {
    req.socket.destroy();
    return res;
  };
}

function truncateAnswer(req, res) {
  const end = res.end.bind(res);
  res.end = (body, ...rest) => {
    if (body === undefined || typeof body === 'function') return end(body, ...rest);
    const whole = Buffer.from(body);
    res.setHeader('content-length', whole.length);
    res.write(whole.subarray(0, Math.floor(whole.length / 2)), () => req.socket.destroy());
    return res;
  };
}

// ---------------------------------------------------------------------------------------------------------- the control port

class ControlError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function clientOr404(id) {
  const metadata = store.adapter('Client').get(id);
  if (!metadata) throw new ControlError(404, `no client ${id}`);
  return metadata;
}

function controlled(action, clientId, effect = {}) {
  journal.write({ method: '', path: '', fault: '', status: 0, who: 'control', mutating: true, action, client_id: clientId, effect, ms: 0 });
}

function removeClient(id) {
  clientOr404(id);
  store.adapter('Client').remove(id);
  controlled('deleted', id);
}

// Each: what a person with the provider's own console could do, out of the operator's sight.
const CONTROL = {
  'GET /healthz': () => ({ ok: true }),
  'GET /clients': () => ({ clients: store.adapter('Client').all().map(publicMetadata) }),
  'GET /clients/:id': ({ id }) => publicMetadata(clientOr404(id)),
  'DELETE /clients/:id': ({ id }) => removeClient(id),
  'DELETE /clients': () => { for (const { client_id: id } of store.adapter('Client').all()) removeClient(id); },
  'PATCH /clients/:id': ({ id }, body) => {
    const metadata = { ...clientOr404(id) };
    for (const [name, value] of Object.entries(body)) {
      if (name === 'client_id') throw new ControlError(400, 'client_id cannot be changed');
      if (value === null) delete metadata[name]; else metadata[name] = value;
    }
    store.adapter('Client').put(id, metadata);
    controlled('updated', id, { changed: Object.keys(body), metadata: publicMetadata(metadata) });
    return publicMetadata(metadata);
  },
  'DELETE /clients/:id/registration-token': ({ id }) => {
    clientOr404(id);
    const tokens = store.adapter('RegistrationAccessToken');
    for (const token of tokens.all()) if (token.clientId === id) tokens.remove(token.jti);
    controlled('registration-token-revoked', id);
  },
  'PUT /clients/:id/groups': ({ id }, body) => {
    clientOr404(id);
    if (!Array.isArray(body)) throw new ControlError(400, 'expected an array of group names');
    store.setSetting('groups', { ...store.setting('groups'), [id]: body });
    controlled('updated', id, { changed: ['groups'] });
  },
  'PUT /initial-access-token': (_, body) => {
    if (typeof body.token !== 'string' || !body.token) throw new ControlError(400, 'expected {"token": "..."}');
    initialAccessToken = body.token;
    buildProvider();
    controlled('initial-access-token-changed');
  },
  'POST /keys/rotate': (_, body) => {
    // keep: the old keys stay published, as in an orderly rotation; without it they are gone at once.
    const old = body?.keep === false ? [] : store.setting('keys');
    store.setSetting('keys', [...newKeys(), ...old]);
    buildProvider();
    controlled('keys-rotated');
    return { kids: store.setting('keys').map((key) => key.kid) };
  },
  'GET /faults': () => ({ rules: faults.list() }),
  'PUT /faults': (_, body) => faults.replace(body),
  'POST /faults': (_, body) => faults.add(body),
  'DELETE /faults': () => faults.replace([]),
};

function routeControl(method, pathname) {
  const given = pathname.split('/');
  for (const [route, action] of Object.entries(CONTROL)) {
    const [routeMethod, routePath] = route.split(' ');
    const wanted = routePath.split('/');
    if (routeMethod !== method || wanted.length !== given.length) continue;
    const parameters = {};
    const matches = wanted.every((part, i) => {
      if (!part.startsWith(':')) return part === given[i];
      parameters[part.slice(1)] = decodeURIComponent(given[i]);
      return given[i] !== '';
    });
    if (matches) return () => (body) => action(parameters, body);
  }
  throw new ControlError(404, `no such control: ${method} ${pathname}`);
}

async function control(req, res) {
  const answer = (status, body) => {
    const text = body === undefined ? '' : `${JSON.stringify(body)}\n`;
    res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    res.end(text);
  };
  try {
    let text = '';
    for await (const chunk of req) text += chunk;
    const action = routeControl(req.method, req.url.split('?')[0])();
    const result = action(text ? JSON.parse(text) : {});
    answer(result === undefined ? 204 : 200, result);
  } catch (error) {
    answer(error.status ?? 400, { error: error.message });
  }
}

// ---------------------------------------------------------------------------------------------------------------- start, stop

function listen(server, port, host) {
  return new Promise((done, refuse) => {
    server.once('error', refuse);
    server.listen(port, host, () => done(server.address().port));
  });
}

const tls = options['tls-cert'] && { cert: fs.readFileSync(options['tls-cert']), key: fs.readFileSync(options['tls-key']) };
const server = tls ? https.createServer(tls) : http.createServer();
const port = await listen(server, number('port', 0, 65535), options.host).catch((error) => fail(error.message));
const url = `${tls ? 'https' : 'http'}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;
issuer = options.issuer ?? url;
buildProvider();
server.on('request', (req, res) => { handle(req, res).catch(() => req.socket.destroy()); });

let controlUrl;
let controlServer;
if (options['control-port'] !== undefined) {
  controlServer = http.createServer(control);
  const controlPort = await listen(controlServer, number('control-port', 0, 65535), '127.0.0.1').catch((error) => fail(error.message));
  controlUrl = `http://127.0.0.1:${controlPort}`;
}

const ready = { event: 'ready', url, issuer, registration_endpoint: `${url}/reg`, control_url: controlUrl, pid: process.pid };
if (options['ready-file']) {
  const temporary = `${options['ready-file']}.${process.pid}`;
  fs.writeFileSync(temporary, `${JSON.stringify({ ...ready, initial_access_token: initialAccessToken })}\n`, { mode: 0o600 });
  fs.renameSync(temporary, options['ready-file']);
}
process.stdout.write(`${JSON.stringify(ready)}\n`);

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => process.exit(0));
}
