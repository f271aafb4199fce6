// A person at Chromium: launches the app alone, then, on a phone in the dark, out of the record. Prints what the app says each
// time, a line of JSON; a nurse breaks the glass for the patient of a launch; then whatever axe, or the browser by the policy of a
// page, finds wrong on the way.
// node drive.mjs CHROMIUM ROOT APP LOGIN PASSWORD PATIENT NURSE HANDLE
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [executablePath, root, app, login, password, patient, nurse, handle] = process.argv.slice(2);
const axe = readFileSync("axe-core/axe.min.js", "utf8");
const wrong = [];
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

async function sit(options) {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(15_000);
  page.on("console", (message) => { if (message.text().includes("Content Security Policy")) wrong.push(message.text()); });
  return page;
}

async function look(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  wrong.push(...violations.map((each) => `${page.url().split("?")[0]}: ${each.id}: ${each.nodes[0].html}`));
}

async function signIn(page, login) {
  await page.getByLabel("User name").waitFor();
  await look(page);
  await page.getByLabel("User name").fill(login);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function choose(page) {
  await page.getByRole("button", { name: "Search" }).waitFor();
  await look(page);
  await page.getByRole("button", { name: new RegExp(`^Patient ${patient} `) }).click();
}

async function allow(page) {
  await page.getByRole("button", { name: "Allow" }).waitFor();
  await look(page);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForFunction(() => document.getElementById("result")?.textContent);
  console.log(await page.locator("#result").textContent());
}

/** The app launched for a patient whom the nurse may see by a reason alone. */
async function breakGlass(page) {
  await page.goto(`${app}/launch.html?iss=${encodeURIComponent(`${root}/fhir`)}&launch=${handle}`);
  await signIn(page, nurse);
  await page.getByLabel("Reason").waitFor();
  await look(page);
  await page.getByLabel("Reason").fill("found unconscious");
  await page.getByRole("button", { name: "Open the record" }).click();
  await page.getByRole("button", { name: "Allow" }).waitFor();
  await look(page);
}

/** The sample app of the demo, used to its end. */
async function sample(page) {
  const token = () => page.evaluate(() => JSON.parse(sessionStorage.getItem("session"))?.access_token);
  await page.goto(`${root}/app/`);
  await page.getByRole("button", { name: "Connect" }).click();
  await choose(page);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.locator("#procedures tr").first().waitFor();
  await look(page);
  const [first, shown] = [await token(), await page.locator("#name").textContent()];
  const rows = await page.locator("#procedures tr").count();
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.waitForFunction((before) => JSON.parse(sessionStorage.getItem("session"))?.access_token !== before, first);
  const second = await token();
  await page.getByRole("button", { name: "Give access back" }).click();
  await page.getByRole("button", { name: "Connect" }).waitFor();
  const answer = await page.request.get(`${root}/fhir/Patient/${patient}`, { headers: { authorization: `Bearer ${second}` } });
  return { shown, rows, after: answer.status() };
}

try {
  const desk = await sit({ colorScheme: "light" });
  await desk.goto(`${app}/launch.html?iss=${encodeURIComponent(`${root}/fhir`)}`);
  await signIn(desk, login);
  await choose(desk);
  await allow(desk);
  const phone = await sit({ colorScheme: "dark", viewport: { width: 390, height: 800 } });
  await phone.goto(`${root}/ehr`);
  await signIn(phone, login);
  await phone.getByLabel("App").selectOption("javascript");
  await choose(phone);
  await allow(phone);
  console.log(JSON.stringify(await sample(desk)));
  for (const page of [desk, phone]) {
    for (const path of ["/", "/auth/account", "/auth/authorize", "/app/", "/ehr"]) {
      await page.goto(`${root}${path}`);
      await look(page);
    }
  }
  await breakGlass(await sit({ colorScheme: "light" }));
  await breakGlass(await sit({ colorScheme: "dark", viewport: { width: 390, height: 800 } }));
  console.log(JSON.stringify(wrong));
} finally {
  await browser.close();
}
