// The sample app: signs in, shows the chosen patient and procedures, what was granted, and how access ends.
import { authorize, base, claims, current, end, finish, read, refresh } from "./smart.js";

const SCOPE = "openid fhirUser launch/patient offline_access patient/Patient.rs patient/Procedure.rs patient/Encounter.rs";

const $ = (id) => document.getElementById(id);

/** An element with its text and children: text is only ever text, never markup. */
function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

/** A row of a table, its first cell kept in one line. */
function row(...texts) {
  const cells = texts.map((text) => element("td", text));
  cells[0].className = "date";
  return element("tr", "", ...cells);
}

function show(...sections) {
  for (const each of document.querySelectorAll("main > section")) each.hidden = !sections.includes(each.id);
}

function fail(error) {
  $("message").textContent = error.message.charAt(0).toUpperCase() + error.message.slice(1);
  $("failure").hidden = false;
}

/** Runs what a button does; a failure is told, not thrown. */
const doing = (work) => async () => {
  $("failure").hidden = true;
  try { await work(); } catch (error) { fail(error); }
};

const named = (concept) => concept?.text ?? concept?.coding?.find((each) => each.display)?.display ?? concept?.coding?.[0]?.code ?? "";
const day = (resource) => (resource.performedDateTime ?? resource.performedPeriod?.start ?? "").slice(0, 10);

function nameOf(patient) {
  const name = patient.name?.find((each) => each.family || each.given || each.text);
  return name ? name.text ?? [...(name.given ?? []), name.family].join(" ") : `Patient ${patient.id}`;
}

async function showPatient(session) {
  const patient = await read(`Patient/${session.patient}`);
  $("name").textContent = nameOf(patient);
  $("facts").replaceChildren(
    ...[["Born", patient.birthDate], ["Sex", patient.gender], ["Identifier", patient.identifier?.[0]?.value], ["Visit", session.encounter]]
      .filter(([, value]) => value)
      .flatMap(([term, value]) => [element("dt", term), element("dd", value)]),
  );
}

async function showProcedures(session) {
  const bundle = await read(`Procedure?patient=${session.patient}&_sort=-date&_count=10`);
  const found = (bundle.entry ?? []).map((each) => each.resource).filter((each) => each.resourceType === "Procedure");
  $("procedures").replaceChildren(
    ...found.map((each) => row(day(each), named(each.code), each.status)),
  );
  $("none").hidden = found.length > 0;
}

function showAccess(session) {
  const who = session.id_token ? claims(session.id_token) : {};
  $("user").textContent = who.fhirUser ? who.fhirUser.replace(`${base}/`, "") : "not told";
  $("until").textContent = new Date(session.expires).toLocaleTimeString();
  $("scope").replaceChildren(...session.scope.split(" ").map((each) => element("li", "", element("code", each))));
  $("refresh").hidden = !session.refresh_token;
}

async function showRecord(session) {
  show("patient", "access");
  showAccess(session);
  if (!session.patient) throw new Error("No patient was chosen, so there is nothing to show.");
  await showPatient(session);
  await showProcedures(session);
}

async function begin() {
  const given = new URLSearchParams(location.search);
  if (given.has("code") || given.has("error")) return showRecord(await finish(given));
  if (current()) return showRecord(current());
  return show("start");
}

$("connect").addEventListener("click", doing(() => authorize(SCOPE)));
$("refresh").addEventListener("click", doing(async () => showRecord(await refresh())));
$("end").addEventListener("click", doing(async () => { await end(); show("start"); }));
begin().catch((error) => { if (!current()) show("start"); fail(error); });
