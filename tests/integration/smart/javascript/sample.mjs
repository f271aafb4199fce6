// A person uses the sample app as it comes: gives it less than it asks for, comes back when the token has ended, takes the access
// back, opens it out of a record and goes back. Prints what the app shows each time, an object of JSON.
// node sample.mjs CHROMIUM ROOT LOGIN PASSWORD PATIENT
import { chromium } from "playwright-core";

const [executablePath, root, login, password, patient] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await (await browser.newContext()).newPage();
page.setDefaultTimeout(15_000);

/** All that the app shows once it is done: text of what is visible, by id, and the rows of its table. */
async function shown() {
  await page.locator('main[aria-busy="false"]').waitFor();
  return page.evaluate(() => {
    const told = {};
    for (const each of document.querySelectorAll("#message, #name, #patient-note, #which, #visit, #visit-note, #procedures-note"))
      if (each.checkVisibility() && each.innerText) told[each.id] = each.innerText;
    const rows = [...document.querySelectorAll("#procedures tr")].filter((each) => each.checkVisibility());
    const buttons = [...document.querySelectorAll("button")].filter((each) => each.checkVisibility());
    return { ...told, rows: rows.map((each) => each.cells[1].innerText), buttons: buttons.map((each) => each.innerText) };
  });
}

async function choose() {
  await page.getByRole("button", { name: new RegExp(`^Patient ${patient} `) }).click();
}

/** Connects, and gives all but these scopes. */
async function connect(...without) {
  await page.getByRole("button", { name: "Connect" }).click();
  await choose();
  for (const each of without) await page.locator(`input[value="${each}"]`).uncheck();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.locator("#access").waitFor();
  return shown();
}

/** Has the access token end, as it does by itself after a while. */
async function later() {
  await page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem("session"));
    sessionStorage.setItem("session", JSON.stringify({ ...session, access_token: "ended" }));
  });
  await page.reload();
  return shown();
}

/** The server's answer, as if it had no words for what was done. */
async function unnamed(route) {
  const answer = await route.fetch();
  const body = await answer.json();
  body.entry = [{ resource: { ...body.entry[0].resource, code: { coding: [{ system: "http://snomed.info/sct", code: "40701008" }] } } }];
  await route.fulfill({ response: answer, json: body });
}

async function end() {
  await page.getByRole("button", { name: "Give access back" }).click();
  await page.getByRole("button", { name: "Connect" }).waitFor();
}

try {
  await page.goto(`${root}/auth/account`);
  await page.getByLabel("User name").fill(login);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.goto(`${root.replace("127.0.0.1", "localhost")}/app/`);
  const told = { nobody: await connect("patient/Patient.rs", "patient/Encounter.rs") };
  await end();
  told.nothing = await connect("patient/Procedure.rs", "offline_access");
  told.ended = await later();
  told.all = await connect();
  told.refreshed = await later();
  const account = await page.context().newPage();
  await account.goto(`${root}/auth/account`);
  await account.getByRole("button", { name: "Take back" }).first().click();
  await account.waitForLoadState();
  await page.reload();
  told.takenBack = await shown();
  await page.route("**/fhir/Procedure?*", unnamed);
  await page.goto(`${root}/ehr`);
  await page.getByLabel("App").selectOption("sample-app");
  await choose();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.locator("#access").waitFor();
  told.launched = await shown();
  await page.goBack();
  await page.locator("#failure").waitFor();
  told.back = await shown();
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}
