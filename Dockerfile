# syntax=docker/dockerfile:1
FROM node:24.21.0-trixie-slim AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build

# sources and development packages: for commands that are no part of the bot, such as `npm run smoke`
FROM build AS tools
RUN npm run build:tools && install --directory --owner=node --group=node /archive
VOLUME /archive
USER node
CMD ["node", "--enable-source-maps", "dist/tools/test/smoke/cli.js"]

FROM base AS modules
COPY package.json package-lock.json ./
COPY scripts/trim-modules.mjs scripts/
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev && node scripts/trim-modules.mjs node_modules

FROM base AS runtime
ENV NODE_ENV=production DATA_DIR=/data METRICS_PORT=9464 MALLOC_ARENA_MAX=1
COPY package.json ./
COPY migrations migrations
COPY docs/runbook.md docs/runbook.md
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/dist dist
# what waits on disk for PostgreSQL and Loki; nothing else is ever written, so the rest may be read-only
RUN install --directory --owner=node --group=node /data
VOLUME /data
USER node
EXPOSE 8080 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT}/health`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# as `npm start`: without limits Node lets garbage grow with the memory of the machine; the bot keeps about 80 MB alive
CMD ["node", "--max-old-space-size=224", "--max-semi-space-size=8", "--single-threaded-gc", "--no-wasm-loop-unrolling", "--no-wasm-loop-peeling", "dist/main.js"]
