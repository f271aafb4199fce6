// The sample app: signs in, shows the chosen patient, the visit and procedures, what was granted, and how access ends.
import { authorize, base, claims, current, end, Ended, finish, granted, read, refresh } from "./smart.js";

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

const sentence = ({ message }) => message.charAt(0).toUpperCase() + message.slice(1);

/** Tells what went wrong. Wherever it happens, there is a button to connect. */
function fail(error) {
  if (!current()) show("start");
  $("message").textContent = sentence(error);
  $("again").hidden = !$("start").hidden;
  $("failure").hidden = false;
}

/** Runs what a button does; a failure is told, not thrown. */
const doing = (work) => async () => {
  $("failure").hidden = true;
  $("content").ariaBusy = "true";
  try { await work(); } catch (error) { fail(error); } finally { $("content").ariaBusy = "false"; }
};

const SYSTEMS = {
  "http://snomed.info/sct": "SNOMED CT",
  "http://loinc.org": "LOINC",
  "http://www.ama-assn.org/go/cpt": "CPT",
  "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
  "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
  "http://www.cms.gov/Medicare/Coding/ICD10": "ICD-10-PCS",
  "https://fhir-terminology.ohdsi.org": "OMOP concept",
};

/** A coding in words: its display, else its code behind what its system is called. */
const coded = ({ system, code, display }) =>
  display ?? [SYSTEMS[system] ?? system?.split(/[/:]/).filter(Boolean).pop(), code].filter(Boolean).join(" ");

function named(concept) {
  const coding = concept?.coding?.find((each) => each.display) ?? concept?.coding?.find((each) => each.code);
  return concept?.text ?? (coding ? coded(coding) : "not coded");
}

const day = (date) => (date ?? "").slice(0, 10);

function nameOf(patient) {
  const name = patient.name?.find((each) => each.family || each.given || each.text);
  return name ? name.text ?? [...(name.given ?? []), name.family].join(" ") : `Patient ${patient.id}`;
}

/** Terms and what is said of them; what is not known is left out. */
function tell(list, facts) {
  list.replaceChildren(
    ...facts.filter(([, value]) => value).flatMap(([term, value]) => [element("dt", term), element("dd", value)]),
  );
}

async function showPatient(session) {
  const patient = await read(`Patient/${session.patient}`);
  $("name").textContent = nameOf(patient);
  tell($("facts"), [["Born", patient.birthDate], ["Sex", patient.gender], ["Identifier", patient.identifier?.[0]?.value]]);
}

/** What a search for one type finds, without whatever else its Bundle tells. */
async function found(type, query) {
  const bundle = await read(`${type}?${query}`);
  return (bundle.entry ?? []).map((each) => each.resource).filter((each) => each.resourceType === type);
}

/** The visit that the EHR has open, else the latest one. */
async function showVisit(session) {
  const [visit] = session.encounter
    ? [await read(`Encounter/${session.encounter}`)]
    : await found("Encounter", `patient=${session.patient}&_sort=-date&_count=1`);
  if (!visit) return say("visit", "None.");
  const days = [...new Set([day(visit.period?.start), day(visit.period?.end)])].filter(Boolean);
  tell($("visit"), [["Date", days.join(" to ")], ["Class", visit.class && coded(visit.class)], ["Status", visit.status]]);
}

async function showProcedures(session) {
  const procedures = await found("Procedure", `patient=${session.patient}&_sort=-date&_count=10`);
  if (!procedures.length) return say("procedures", "None.");
  $("procedures").replaceChildren(
    ...procedures.map((each) => row(day(each.performedDateTime ?? each.performedPeriod?.start), named(each.code), each.status)),
  );
  $("table").hidden = false;
}

/** What stands where a part of the record would; nothing where the part is there. */
function say(part, text) {
  $(`${part}-note`).textContent = text;
  $(`${part}-note`).hidden = !text;
}

/** Shows a part of the record, or in its place why it is not there. Throws Ended alone. */
async function part(name, type, work, session) {
  say(name, "");
  if (!granted(session, type)) return say(name, `Not shown: patient/${type}.rs was not granted to this app.`);
  return work(session).catch((error) => {
    if (error instanceof Ended) throw error;
    say(name, sentence(error));
  });
}

function showAccess(session) {
  const who = session.id_token ? claims(session.id_token) : {};
  $("user").textContent = who.fhirUser ? who.fhirUser.replace(`${base}/`, "") : "not told";
  $("until").textContent = new Date(session.expires).toLocaleTimeString();
  $("scope").replaceChildren(...session.scope.split(" ").map((each) => element("li", "", element("code", each))));
  $("refresh").hidden = !session.refresh_token;
}

async function showRecord(session) {
  showAccess(session);
  if (!session.patient) {
    show("access");
    throw new Error("No patient was chosen, so there is nothing to show.");
  }
  $("name").textContent = `Patient ${session.patient}`;
  $("which").textContent = session.encounter ? `Visit ${session.encounter}, open in the record` : "Latest visit";
  for (const each of ["facts", "visit", "procedures"]) $(each).replaceChildren();
  $("table").hidden = true;
  show("patient", "access");
  await Promise.all([
    part("patient", "Patient", showPatient, session),
    part("visit", "Encounter", showVisit, session),
    part("procedures", "Procedure", showProcedures, session),
  ]);
  showAccess(current()); // on the way the token may have been replaced
}

/** Shows what there is access to, if any. */
const resume = () => (current() ? showRecord(current()) : show("start"));

async function begin() {
  const given = new URLSearchParams(location.search);
  if (!given.has("code") && !given.has("error")) return resume();
  try {
    await finish(given);
  } catch (error) {
    await resume(); // an answer that brings nothing takes nothing away
    throw error;
  }
  return resume();
}

for (const id of ["connect", "again"]) $(id).addEventListener("click", doing(() => authorize(SCOPE)));
$("refresh").addEventListener("click", doing(async () => showRecord(await refresh())));
$("end").addEventListener("click", doing(async () => { await end(); show("start"); }));
doing(begin)();
