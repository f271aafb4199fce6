// SMART App Launch for a public client: discovery, PKCE, the code and what it is exchanged for, refresh, revocation.
// https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html

const CLIENT = "sample-app";
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
  if (base !== `${issuer}/fhir`) return location.assign(`${issuer}/app/`); // registered is this app at the issuer's own address
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

async function token(form) {
  const { token_endpoint } = await configuration();
  const body = new URLSearchParams({ ...form, client_id: CLIENT });
  const answer = await fetch(token_endpoint, { method: "POST", body, headers: { accept: "application/json" } });
  const given = await answer.json();
  if (!answer.ok) throw new Error(given.error_description ?? given.error);
  return given;
}

function keep(given) {
  const session = { ...current(), ...given, expires: Date.now() + given.expires_in * 1000 };
  sessionStorage.setItem("session", JSON.stringify(session));
  return session;
}

/** What was given, with the moment at which it expires; null where there is no access. */
export const current = () => JSON.parse(sessionStorage.getItem("session") ?? "null");

/** New tokens for the refresh token, which is good once. */
export const refresh = async () =>
  keep(await token({ grant_type: "refresh_token", refresh_token: current().refresh_token }));

/** Gives the access back. */
export async function end() {
  const session = current();
  sessionStorage.removeItem("session");
  const { revocation_endpoint } = await configuration();
  const body = new URLSearchParams({ token: session.refresh_token ?? session.access_token, client_id: CLIENT });
  await fetch(revocation_endpoint, { method: "POST", body });
}

/** A resource or a Bundle below the FHIR base, or at an absolute URL of it. */
export async function read(path) {
  const url = new URL(path, `${base}/`).href;
  const headers = { accept: "application/fhir+json", authorization: `Bearer ${current().access_token}` };
  const answer = await fetch(url, { headers });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.issue?.[0]?.diagnostics ?? `${answer.status}`);
  return body;
}

/** The claims of an id_token that came straight from the token endpoint, whose signature therefore need not be checked. */
export function claims(idToken) {
  const text = atob(idToken.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (each) => each.charCodeAt(0))));
}
