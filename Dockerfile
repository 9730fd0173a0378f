# One image, several commands: the API (default), the worker, the migration, the schedules. See docker-compose.yml.
FROM node:24-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc prisma.config.ts ./
RUN npm ci --omit=dev
COPY prisma prisma
RUN PRISMA_SCHEMA_ENGINE_BINARY=package.json npx prisma generate --no-hints
COPY api api
COPY workflows workflows
COPY activities activities
COPY workers workers
RUN node workers/bundle.ts
USER node
ENV NODE_ENV=production
# Young heaps of 128 MB and an arena per thread are made for larger processes than these.
ENV NODE_OPTIONS=--max-semi-space-size=8 MALLOC_ARENA_MAX=2
CMD ["node", "api/main.ts"]
