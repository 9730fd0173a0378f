import platform from './examples.json' with { type: 'json' };
import fleet from './fleet/examples.json' with { type: 'json' };
import type { Examples } from './document/curl.ts';
import messages from './messages/examples.json' with { type: 'json' };
import money from './money/examples.json' with { type: 'json' };
import people from './people/examples.json' with { type: 'json' };
import shifts from './shifts/examples.json' with { type: 'json' };
import trips from './trips/examples.json' with { type: 'json' };

/** What every route is asked in the documentation, and what it answers; each area keeps its own. */
export const examples: Examples = { ...platform, ...people, ...fleet, ...shifts, ...trips, ...money, ...messages };
