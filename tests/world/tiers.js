/** A reporter for jest: the files of each tier, and how long they took one after the other. */
export default function Tiers() {
  const tiers = new Map();
  return {
    onTestResult({ context }, { perfStats }) {
      const { name } = context.config.displayName;
      const { files, ms } = tiers.get(name) ?? { files: 0, ms: 0 };
      tiers.set(name, { files: files + 1, ms: ms + perfStats.runtime });
    },
    onRunComplete(_contexts, { startTime }) {
      const parts = [...tiers].map(([name, { files, ms }]) => `${name} ${Math.round(ms / 1000)} s in ${files} files`);
      console.log(`Tiers: ${parts.join(', ')}; ${Math.round((Date.now() - startTime) / 1000)} s side by side`);
    },
    getLastError: () => undefined,
  };
}
