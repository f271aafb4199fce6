"""The pages between an app's request and its answer: sign in, choose a patient, consent; and the account they belong to."""
