import fs from 'node:fs';
import { getMetadataStorage } from 'class-validator';

import { Environment } from './environment.js';

test('.env.example explains every variable that is read, and no other', () => {
  const example = fs.readFileSync('.env.example', 'utf8');
  const explained = [...example.matchAll(/^#?([A-Z][A-Z_]*)=/gm)].map(([, name]) => name);
  const read = getMetadataStorage()
    .getTargetValidationMetadatas(Environment, '', false, false)
    .map(({ propertyName }) => propertyName);
  expect(explained.toSorted()).toEqual([...new Set(read)].toSorted());
});
