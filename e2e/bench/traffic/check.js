// SPDX-License-Identifier: Apache-2.0
// The check of one token as people write it for nginx with njs: signature, issuer, audience, time and scope.
const KEYS = {/* kid: {alg, spki} */};
const ISSUER = '', AUDIENCE = '', SCOPE = '';

function is_audience(claim) {
  return Array.isArray(claim) ? claim.includes(AUDIENCE) : claim === AUDIENCE;
}

async function check(r) {
  try {
    const value = r.headersIn['Authorization'] || '';
    const parts = value.startsWith('Bearer ') ? value.slice(7).split('.') : [];
    if (parts.length !== 3) return r.return(401);
    const header = JSON.parse(Buffer.from(parts[0], 'base64url'));
    const known = KEYS[header.kid];
    if (!known || known.alg !== header.alg) return r.return(401);
    const rsa = known.alg === 'RS256';
    const type = rsa ? {name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256'} : {name: 'ECDSA', namedCurve: 'P-256'};
    const key = await crypto.subtle.importKey('spki', Buffer.from(known.spki, 'base64'), type, false, ['verify']);
    const signed = await crypto.subtle.verify(rsa ? type : {name: 'ECDSA', hash: 'SHA-256'}, key, Buffer.from(parts[2], 'base64url'),
                                              Buffer.from(parts[0] + '.' + parts[1]));
    const claims = JSON.parse(Buffer.from(parts[1], 'base64url'));
    const now = Date.now() / 1000;
    if (!signed || claims.iss !== ISSUER || !is_audience(claims.aud) || !(claims.exp > now) || claims.nbf > now) return r.return(401);
    if (!(claims.scope || '').split(' ').includes(SCOPE)) return r.return(403);
    r.headersOut['X-Sallyport-Authorization'] = 'Bearer up';
    r.return(204);
  } catch (e) {
    r.return(401);
  }
}

export default {check};
