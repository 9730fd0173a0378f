/** Keeps the characters that the gateway takes; others become one space. An accent goes and its letter stays. */
const keep = (others: RegExp, length: number) => (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(others, ' ')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, length)
    .trimEnd();

/** What is paid for. A pipe would be allowed too, but separates what is signed. Source: easebuzz.md 1.1. */
export const productinfoOf = keep(/[^A-Za-z0-9 -]/g, 45);

const latin = keep(/[^A-Za-z0-9&'\-._ ()/,@]/g, 150);

/** Who pays. The gateway demands a name, and of one in another script nothing may be left. Source: easebuzz.md 1.1. */
export const firstnameOf = (name: string) => (/[A-Za-z]/.test(latin(name)) ? latin(name) : 'Driver');

const beneficiary = keep(/[^A-Za-z0-9&'\-._ ()/,@]/g, 100);

/** Whose account or UPI handle it is; the gateway demands a name here too. Source: easebuzz.md 4.1. */
export const beneficiaryNameOf = (name: string) =>
  /[A-Za-z]/.test(beneficiary(name)) ? beneficiary(name) : 'Beneficiary';

/** What stands in the statement of the bank; banks keep little more than letters and digits. Source: easebuzz.md 4.1. */
export const narrationOf = keep(/[^A-Za-z0-9 -]/g, 50);

export const udfOf = keep(/[^A-Za-z0-9 ./\\,_#@\-=+&]/g, 300);

export const phoneOf = (phone: string) => phone.replace(/\D/g, '').slice(-10);
