// A person at Chromium: launches the app alone, then out of the record; prints what the app says each time, a line of JSON.
// node drive.mjs CHROMIUM ROOT APP LOGIN PASSWORD PATIENT
import { chromium } from "playwright-core";

const [executablePath, root, app, login, password, patient] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await (await browser.newContext()).newPage();
page.setDefaultTimeout(15_000);
const chosen = () => page.getByRole("button", { name: new RegExp(`^Patient ${patient} `) }).click();

async function result() {
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForFunction(() => document.getElementById("result")?.textContent);
  console.log(await page.locator("#result").textContent());
}

try {
  await page.goto(`${app}/launch.html?iss=${encodeURIComponent(`${root}/fhir`)}`);
  await page.getByLabel("User name").fill(login);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await chosen();
  await result();
  await page.goto(`${root}/ehr`);
  await page.getByLabel("App").selectOption("javascript");
  await chosen();
  await result();
} catch (error) {
  console.log(JSON.stringify({ at: page.url(), body: await page.locator("body").textContent() }));
  throw error;
} finally {
  await browser.close();
}
