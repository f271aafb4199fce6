"""What a run found, to be handed on: TestReport resources, JUnit XML, a page to look at, and one folder with all."""
