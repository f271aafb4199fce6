// SMART App Launch for a public client: discovery, PKCE, the code and what it is exchanged for, refresh, revocation.
// https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html

const CLIENT = "sample-app";

/** There is no access any more, and only a new request brings it back. */
export class Ended extends Error {}

const here = new URL("./", location.href.split("?")[0]);
const redirectUri = here.href;

/** The FHIR base of the server that serves this app; it talks to no other. */
export const base = new URL("../fhir", here).href;

async function configuration() {
  const answer = await fetch(`${base}/.well-known/smart-configuration`, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`The server does not tell how to sign in (${answer.status}).`);
  return answer.json();
}

const encoded = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)));

/** Goes to the server's authorization endpoint; `launch` is the handle that an EHR gave. */
export async function authorize(scope, launch) {
  const { authorization_endpoint, issuer } = await configuration();
  const verifier = random();
  const state = random();
  const nonce = random();
  sessionStorage.setItem("attempt", JSON.stringify({ verifier, state, nonce, issuer }));
  const challenge = encoded(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  const query = new URLSearchParams({
    response_type: "code", client_id: CLIENT, redirect_uri: redirectUri, scope, state, nonce, aud: base,
    code_challenge: challenge, code_challenge_method: "S256", ...(launch ? { launch } : {}),
  });
  location.assign(`${authorization_endpoint}?${query}`);
}

/** Takes the server's answer out of the address bar; throws an Error that says why there is no access. */
export async function finish(answer) {
  history.replaceState(null, "", redirectUri);
  const attempt = JSON.parse(sessionStorage.getItem("attempt") ?? "null");
  sessionStorage.removeItem("attempt");
  if (!attempt || answer.get("state") !== attempt.state) throw new Error("This answer belongs to no request of this window.");
  if (answer.get("iss") !== attempt.issuer) throw new Error("This answer comes from another server.");
  if (answer.has("error")) throw new Error(answer.get("error_description") ?? answer.get("error"));
  const given = await token({
    grant_type: "authorization_code", code: answer.get("code"), redirect_uri: redirectUri, code_verifier: attempt.verifier,
  });
  if (given.id_token && claims(given.id_token).nonce !== attempt.nonce) throw new Error("The identity is for another request.");
  return keep(given);
}

/** The token endpoint's answer; throws Ended where the server refuses. */
async function token(form) {
  const { token_endpoint } = await configuration();
  const body = new URLSearchParams({ ...form, client_id: CLIENT });
  const answer = await fetch(token_endpoint, { method: "POST", body, headers: { accept: "application/json" } });
  const given = await answer.json();
  if (!answer.ok) throw new (answer.status < 500 ? Ended : Error)(given.error_description ?? given.error);
  return given;
}

function keep(given) {
  const session = { ...given, expires: Date.now() + given.expires_in * 1000 };
  sessionStorage.setItem("session", JSON.stringify(session));
  return session;
}

/** What was given, with the moment at which it expires; null where there is no access. */
export const current = () => JSON.parse(sessionStorage.getItem("session") ?? "null");

function ended() {
  sessionStorage.removeItem("session");
  return new Ended("The access has ended.");
}

let refreshing = null;

/** New tokens for the refresh token, which is good once, so that all who want them at once wait for the same. */
export const refresh = () => (refreshing ??= renew().finally(() => { refreshing = null; }));

async function renew() {
  try {
    if (!current()?.refresh_token) throw ended();
    return keep({ ...current(), ...await token({ grant_type: "refresh_token", refresh_token: current().refresh_token }) });
  } catch (error) {
    throw error instanceof Ended ? ended() : error;
  }
}

/** Was anything of this type granted? */
export const granted = ({ scope }, type) =>
  scope.split(" ").some((each) => each.startsWith(`patient/${type}.`) || each.startsWith("patient/*."));

/** Gives the access back. */
export async function end() {
  const session = current();
  sessionStorage.removeItem("session");
  const { revocation_endpoint } = await configuration();
  const body = new URLSearchParams({ token: session.refresh_token ?? session.access_token, client_id: CLIENT });
  await fetch(revocation_endpoint, { method: "POST", body });
}

/** A resource or a Bundle below the FHIR base; a token that has ended is replaced first. Throws Ended where that cannot be. */
export async function read(path) {
  if (!current() || Date.now() >= current().expires) await refresh();
  const { access_token } = current();
  let answer = await get(path, access_token);
  if (answer.status === 401) {
    if (current()?.access_token === access_token) await refresh();
    answer = await get(path, current()?.access_token);
  }
  if (answer.status === 401) throw ended();
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.issue?.[0]?.diagnostics ?? `${answer.status}`);
  return body;
}

const get = (path, token) =>
  fetch(new URL(path, `${base}/`).href, { headers: { accept: "application/fhir+json", authorization: `Bearer ${token}` } });

/** The claims of an id_token that came straight from the token endpoint, whose signature therefore need not be checked. */
export function claims(idToken) {
  const text = atob(idToken.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (each) => each.charCodeAt(0))));
}
