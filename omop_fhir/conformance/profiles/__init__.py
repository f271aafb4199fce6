"""Profiles: StructureDefinitions of implementation guides, and whether a resource fulfils them.

What enters: packages (https://hl7.org/fhir/R4/packages.html) and resources. What leaves: issues, what could not be
checked, and which must-support elements are filled. https://hl7.org/fhir/R4/profiling.html
"""
