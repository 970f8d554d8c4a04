# syntax=docker/dockerfile:1.7
# The command line, as a service or by hand. No build step: Node runs TypeScript as it is. Without chDB: production has a server.

FROM node:24-bookworm-slim AS manifests
WORKDIR /faultline
COPY package.json package-lock.json ./
COPY instrumentation/package.json instrumentation/
COPY collector/package.json collector/
COPY evaluator/package.json evaluator/
COPY dashboards/package.json dashboards/
COPY bench/package.json bench/
COPY examples/docs-assistant/package.json examples/docs-assistant/

FROM manifests AS production
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
    --workspace @faultline/evaluator --workspace @faultline/collector --workspace @faultline/instrumentation --workspace @faultline/dashboards

FROM manifests AS everything
# The example answers questions about the npm packages that are installed, those for development included.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim AS base
ENV NODE_ENV=production NODE_OPTIONS=--conditions=source
WORKDIR /faultline
RUN useradd --uid 10002 --no-create-home --shell /usr/sbin/nologin faultline
COPY package.json ./
COPY instrumentation instrumentation
COPY collector collector
COPY dashboards/package.json dashboards/package.json
COPY dashboards/src dashboards/src
COPY evaluator evaluator
COPY deploy/probe.mjs deploy/probe.mjs

FROM base AS example
COPY examples examples
COPY --from=everything /faultline/node_modules node_modules
USER 10002
ENTRYPOINT ["node", "--import", "@faultline/instrumentation/register", "examples/docs-assistant/src/main.ts"]

FROM base AS faultline
COPY --from=production /faultline/node_modules node_modules
USER 10002
ENTRYPOINT ["node", "evaluator/src/cli/main.ts"]
CMD ["help"]
