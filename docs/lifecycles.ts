import { shiftMoves } from '../workflows/domain/shifts/attendance-lifecycle.ts';
import { tripMoves } from '../workflows/domain/trips/trip-lifecycle.ts';
import { hasCommand } from './not-built.ts';

interface Arrow {
  from: string;
  to: string;
  label: string;
}

/** A move to which nothing leads yet is marked. */
const named = (move: string) => (hasCommand(move) ? move : `${move} (not yet)`);

const diagram = (title: string, arrows: Arrow[], ends: readonly string[]): string => {
  const merged = Map.groupBy(arrows, ({ from, to }) => `${from} --> ${to}`);
  return [
    `# ${title}`,
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...[...merged].map(([line, group]) => `  ${line}: ${group.map(({ label }) => named(label)).join(', ')}`),
    ...ends.map((end) => `  ${end} --> [*]`),
    '```',
    '',
  ].join('\n');
};

/** The lifecycle of a trip, drawn from its rule table. */
export const tripLifecycle = (): string => {
  const arrows = Object.entries(tripMoves).flatMap(([label, { from, to }]) =>
    from.map((stage: string) => ({ from: stage, to: to ?? stage, label })),
  );
  return diagram('The lifecycle of a trip', arrows, ['COMPLETED', 'CANCELLED', 'CANCELLED_BY_PARTNER', 'NO_SHOW']);
};

/** The lifecycle of a shift, drawn from its rule table; it ends when it is closed, decided and its cash is settled. */
export const shiftLifecycle = (): string => {
  const arrows = Object.entries(shiftMoves).flatMap(([label, { to: moves }]) =>
    Object.entries(moves).map(([from, to]) => ({ from, to, label })),
  );
  return diagram('The lifecycle of a shift', arrows, ['REJECTED', 'CHECKED_OUT']);
};
