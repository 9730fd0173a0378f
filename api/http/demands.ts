import type { z } from 'zod';

const kinds: Record<string, string> = {
  ...{ string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false' },
  ...{ array: 'a list', object: 'an object', record: 'an object', date: 'a time' },
};

const formats: Record<string, string> = {
  ...{ email: 'an e-mail address', url: 'a link that begins with https://', uuid: 'an id', date: 'a date YYYY-MM-DD' },
};

const bound = (origin: string, how: string, limit: number | bigint): string => {
  if (origin === 'string') return `must have ${how} ${limit} characters`;
  if (origin === 'array') return `must have ${how} ${limit} entries`;
  return `must be ${how} ${limit}`;
};

const oneOf = (demands: string[]): string =>
  [...new Set(demands)].map((demand, place) => (place === 0 ? demand : demand.replace(/^must be /, ''))).join(' or ');

/**
 * What a value must be, as the end of a sentence that begins with the name of its field: the panel shows these to people. What a
 * shape says itself ("must be …") is not asked here.
 */
export const demand = (issue: z.core.$ZodRawIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
    case 'invalid_union':
      return oneOf(issue.errors.map(([first]) => first!.message));
    case 'invalid_format':
      return formats[issue.format] ? `must be ${formats[issue.format]}` : 'must have another form';
    case 'too_small':
      return bound(issue.origin, issue.exact ? 'exactly' : issue.inclusive ? 'at least' : 'more than', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.exact ? 'exactly' : issue.inclusive ? 'at most' : 'less than', issue.maximum);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return 'must be something else';
  }
};
