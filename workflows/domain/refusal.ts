/** One refusal: the wire code and status, the sentence that clients show, and what the caller can do about it. */
export interface Refusal {
  /** The wire code, when it differs from the key: two conditions may share a code with different statuses. */
  code?: string;
  status: number;
  says: (details: never) => string;
  remedy: string;
}

/** Why a field was refused; `field` is a dotted path. */
export interface FieldIssue {
  field: string;
  issue: string;
  message: string;
}
