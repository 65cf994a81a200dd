/** Calls to our own origin. Everything that can go wrong becomes an `ApiError` with words for people. */

import { t } from './texts.js';

/** `status` 0 means that our own server could not be reached. `message` is a sentence to show. */
export class ApiError extends Error {
  constructor(status, body) {
    super(describe(status, body));
    this.status = status;
    this.errcode = body.errcode ?? '';
    /** What is wrong with a password, one by one (docs/rest.md). */
    this.faults = body['jp.kairan.faults'] ?? [];
  }
}

/** What we say ourselves; other codes speak with the homeserver's own sentence. */
const OWN_WORDS = {
  M_USER_DEACTIVATED: 'error.locked',
  M_USER_LOCKED: 'error.locked',
  'JP.KAIRAN.ACTIVATION_DEAD': 'error.activation_dead',
  'JP.KAIRAN.SIGN_IN_NOT_HERE': 'error.sign_in_not_here',
  'JP.KAIRAN.DEVICE_NOT_YOURS_TO_CERTIFY': 'error.device_by_administrator',
  'JP.KAIRAN.DEVICE_ONLY_FROM_LGWAN': 'error.device_only_from_lgwan',
  'JP.KAIRAN.DEVICE_REQUEST_UNKNOWN': 'error.device_request_unknown',
  'JP.KAIRAN.NOT_STAFF': 'error.not_staff',
  'JP.KAIRAN.NOT_VISIBLE': 'error.not_visible',
  'JP.KAIRAN.HOMESERVER_UNREACHABLE': 'error.homeserver',
};

/** Codes with a `retry_after_ms`. */
const TOO_OFTEN = new Set(['M_LIMIT_EXCEEDED', 'JP.KAIRAN.LOCKED_OUT']);

function describe(status, body) {
  if (status === 0) return t('error.offline');
  if (TOO_OFTEN.has(body.errcode)) {
    return t('error.limit', { seconds: Math.max(1, Math.ceil((body.retry_after_ms ?? 0) / 1000)) });
  }
  if (body.errcode in OWN_WORDS) return t(OWN_WORDS[body.errcode]);
  return body.error || t('error.unknown', { status });
}

async function call(method, path, { body, signal } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: method === 'GET' ? {} : { 'Content-Type': 'application/json' },
      body: method === 'GET' ? undefined : JSON.stringify(body ?? {}),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, {});
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

/** `path` with the parameters that have a value. */
function address(path, query = {}) {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  return search.size ? `${path}?${search}` : path;
}

const encode = encodeURIComponent;

export const api = {
  session: () => call('GET', '/api/session'),
  signIn: (user, password) => call('POST', '/api/session', { body: { user, password } }),
  signOut: () => call('DELETE', '/api/session'),
  checkActivation: (token) => call('POST', '/api/activation/check', { body: { token } }),
  activate: (token, password) => call('POST', '/api/activation', { body: { token, password } }),
  me: () => call('GET', '/api/kairan/me'),
  saveSettings: (settings) => call('PUT', '/api/kairan/me/settings', { body: settings }),
  organizations: (from) => call('GET', address('/api/kairan/organizations', { limit: 100, from })),
  organization: (key) => call('GET', `/api/kairan/organizations/${encode(key)}`),
  /** The people of an organisation or section, a page at a time, by reading. */
  people: ({ organization, section, limit, from }, signal) =>
    call('GET', address(`/api/kairan/organizations/${encode(organization)}/people`, { section, limit, from }), {
      signal,
    }),
  /** Those whom a search finds, a page at a time, the nearest first. */
  phonebook: (query, signal) => call('GET', address('/api/kairan/phonebook', query), { signal }),
  /** One's devices, and the requests that wait for a word. */
  devices: () => call('GET', '/api/kairan/devices?limit=100'),
  revokeDevice: (id) => call('DELETE', `/api/kairan/devices/${encode(id)}`),
  certifyDevice: (id) => call('POST', `/api/kairan/devices/${encode(id)}/certify`),
  lostDevices: () => call('POST', '/api/kairan/devices/lost'),
  /** `word` is `approve` or `deny`. */
  decideDevice: (number, word) => call('POST', `/api/kairan/devices/requests/${encode(number)}/${word}`),
  organizationDevices: (key, from) =>
    call('GET', address(`/api/kairan/organizations/${encode(key)}/devices`, { limit: 50, from })),
  decideOrganizationDevice: (key, number, word) =>
    call('POST', `/api/kairan/organizations/${encode(key)}/devices/requests/${encode(number)}/${word}`),
  revokeOrganizationDevice: (key, user, id) =>
    call('DELETE', `/api/kairan/organizations/${encode(key)}/devices/${encode(user)}/${encode(id)}`),
  person: (userId, signal) => call('GET', `/api/kairan/people/${encode(userId)}`, { signal }),
};
