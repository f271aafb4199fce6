// Where an EHR opens the app: it says which server it is and gives a handle, which the app takes to that server.
import { authorize, base } from "./smart.js";

const SCOPE = "openid fhirUser launch launch/encounter offline_access patient/Patient.rs patient/Procedure.rs patient/Encounter.rs";

const given = new URLSearchParams(location.search);
const message = document.getElementById("message");

sessionStorage.removeItem("session");
if (given.get("iss") !== base || !given.get("launch")) {
  message.textContent = "This page is for an EHR to open: it needs iss, which must be this server, and launch.";
} else {
  authorize(SCOPE, given.get("launch")).catch((error) => { message.textContent = error.message; });
}
