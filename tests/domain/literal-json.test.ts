import { expect, test } from '@jest/globals';
import { literalJson } from '../../workflows/domain/literal-json.ts';

test('numbers keep the text that was sent', () => {
  const text =
    '{"amount":150.0,"id":9007199254740993,"other":9007199254740992,"in":[{"amount":1e2}],"no":null,"yes":true}';

  expect(literalJson(text)).toEqual({
    ...{ amount: '150.0', id: '9007199254740993', other: '9007199254740992' },
    ...{ in: [{ amount: '1e2' }], no: null, yes: true },
  });
});

test('what is no JSON throws, whatever is wrong with it', () => {
  expect(() => literalJson('{"amount":150.0')).toThrow(SyntaxError);
  expect(() => literalJson('['.repeat(250_000) + ']'.repeat(250_000))).toThrow();
});
