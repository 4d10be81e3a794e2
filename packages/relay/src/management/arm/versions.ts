/**
 * The `api-version`s that are taken, each from Azure's own list.
 *
 * Answers have the same shape in all of them: what later ones added is there, and earlier clients pass over it.
 *
 * Source: docs/protocol.md, section 6.2.
 * @module
 */
import { RestError } from '@hybridge/service';

/** Of Microsoft.Relay. */
export const RELAY_VERSIONS: readonly string[] = ['2016-07-01', '2017-04-01', '2021-11-01', '2024-01-01'];

/** Of Microsoft.Web, as Azure has published them. */
export const WEB_VERSIONS: readonly string[] = [
  '2016-08-01',
  '2018-02-01',
  '2018-11-01',
  '2019-08-01',
  '2020-06-01',
  '2020-09-01',
  '2020-10-01',
  '2020-12-01',
  '2021-01-01',
  '2021-01-15',
  '2021-02-01',
  '2021-03-01',
  '2022-03-01',
  '2022-09-01',
  '2023-01-01',
  '2023-12-01',
  '2024-04-01',
  '2024-11-01',
];

/** Of subscriptions and resource groups. */
export const RESOURCES_VERSIONS: readonly string[] = [
  '2016-06-01',
  '2016-09-01',
  '2018-02-01',
  '2018-05-01',
  '2019-06-01',
  '2019-11-01',
  '2020-01-01',
  '2020-06-01',
  '2020-10-01',
  '2021-01-01',
  '2021-04-01',
  '2022-09-01',
  '2022-12-01',
  '2024-03-01',
  '2024-11-01',
];

/** @throws RestError 400 when it is absent, or none of these. */
export function checkVersion(version: string | undefined, known: readonly string[]): void {
  if (version === undefined || version === '') {
    throw new RestError(
      400,
      'MissingApiVersionParameter',
      `The query parameter api-version is needed, for example api-version=${known.at(-1)}.`,
      { target: 'api-version' },
    );
  }
  if (known.includes(version.toLowerCase())) return;
  throw new RestError(
    400,
    'InvalidApiVersionParameter',
    `This api-version is not known here. Those that are: ${known.join(', ')}.`,
    { target: 'api-version' },
  );
}
