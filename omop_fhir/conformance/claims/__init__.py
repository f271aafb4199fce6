"""What a server claims, as tests: TestScripts derived from its CapabilityStatement.

What enters: a CapabilityStatement (https://hl7.org/fhir/R4/capabilitystatement.html) and some of the server's data. What
leaves: TestScripts with a test for each claimed interaction, search parameter, include, format, compartment and
operation, and for what is not claimed a test that it is refused. They are scripts like any other: they can be kept,
read and run elsewhere.
"""
