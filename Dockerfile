# The server alone: `docker build -t omop-fhir .`. The database is the site's own, named by OMOP_FHIR_DATABASE_URL.
# Without a token file, or a secret key and an https base URL, `serve` does not start on other addresses than loopback.
#
# A tag can be moved; a digest cannot. To pin the base image to what you have looked at:
#   docker build --build-arg PYTHON="python:3.13-slim-bookworm@$(docker buildx imagetools inspect \
#       python:3.13-slim-bookworm --format '{{.Manifest.Digest}}')" -t omop-fhir .

ARG PYTHON=python:3.13-slim-bookworm

# hadolint ignore=DL3006
FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/omop-fhir
ENV PATH=/opt/omop-fhir/bin:$PATH
COPY requirements/runtime.txt /source/requirements/runtime.txt
RUN pip install --require-hashes --requirement /source/requirements/runtime.txt
COPY pyproject.toml README.md LICENSE /source/
COPY omop_fhir /source/omop_fhir
COPY conformance /source/conformance
COPY mappings /source/mappings
COPY sql /source/sql
RUN pip install --no-deps --no-build-isolation --no-index /source

# hadolint ignore=DL3006
FROM ${PYTHON}
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin omop-fhir
COPY --from=build /opt/omop-fhir /opt/omop-fhir
ENV PATH=/opt/omop-fhir/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /tmp
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/health/ready', timeout=4)"]
ENTRYPOINT ["omop-fhir"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
