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
USER node
ENV NODE_ENV=production
CMD ["node", "api/main.ts"]
