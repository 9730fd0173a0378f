import { fleetSubjects } from './fleet/subjects.ts';
import type { SubjectRules } from './http/subject.ts';
import { messagesSubjects } from './messages/subjects.ts';
import { moneySubjects } from './money/subjects.ts';
import { peopleSubjects } from './people/subjects.ts';
import { shiftsSubjects } from './shifts/subjects.ts';
import { tripsSubjects } from './trips/subjects.ts';

/** Every kind of record that an id can name, by area. */
const declared = {
  ...peopleSubjects,
  ...fleetSubjects,
  ...shiftsSubjects,
  ...tripsSubjects,
  ...moneySubjects,
  ...messagesSubjects,
};

export type Subjects = typeof declared;
export type Subject = keyof Subjects;

export const subjects: Record<Subject, SubjectRules> = declared;
