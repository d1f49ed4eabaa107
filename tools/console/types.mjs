// Writes src/core/api_types.ts (or the file named) from the OpenAPI parts in base/web/openapi: the page is checked against what the daemons promise.
import { readFileSync, writeFileSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const schemas = {};
const responses = {};
for (const part of ['common', 'dfs', 'yarn']) {
  const file = JSON.parse(readFileSync(new URL(`../../base/web/openapi/${part}.json`, here), 'utf8'));
  Object.assign(schemas, file.components?.schemas ?? {});
  Object.assign(responses, file.components?.responses ?? {});
}

const names = { integer: 'number', number: 'number', string: 'string', boolean: 'boolean', null: 'null' };

function type(schema) {
  if (schema === undefined || schema === true) return 'unknown';
  if (schema.$ref) return schema.$ref.split('/').pop();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(v => JSON.stringify(v)).join(' | ');
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return alternatives.map(type).join(' | ');
  if (schema.allOf) return schema.allOf.map(s => `(${type(s)})`).join(' & ');
  if (Array.isArray(schema.type)) return schema.type.map(t => type({ ...schema, type: t })).join(' | ');
  if (schema.type === 'array') return `Array<${type(schema.items)}>`;
  if (schema.properties) {
    const required = new Set(schema.required ?? []);
    return '{ ' + Object.entries(schema.properties).map(([k, v]) => `${JSON.stringify(k)}${required.has(k) ? '' : '?'}: ${type(v)}`).join('; ') + ' }';
  }
  if (schema.type === 'object') return `Record<string, ${schema.additionalProperties ? type(schema.additionalProperties) : 'unknown'}>`;
  return names[schema.type] ?? 'unknown';
}

let text = '// Written by types.mjs from base/web/openapi: do not edit.\n';
for (const name of Object.keys(schemas).sort()) text += `export type ${name} = ${type(schemas[name])};\n`;
writeFileSync(process.argv[2] ?? new URL('src/core/api_types.ts', here), text);
