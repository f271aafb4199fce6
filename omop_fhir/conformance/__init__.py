"""A bench that tests FHIR R4 servers over HTTP: TestScripts, the claims of a CapabilityStatement, validation.

What enters: TestScripts (https://hl7.org/fhir/R4/testscript.html) or the base URL of a server. What leaves:
results, each with its requests and answers, as TestReport, JUnit XML or a page. The server may be anybody's:
nothing here knows ours. What the bench cannot do it says (`skip`, with the reason) and never counts as passed.
"""
