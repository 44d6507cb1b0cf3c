/** The code of functions: what a program gives as `pulumi.asset` arrives as paths and texts, and goes on as a zip. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';

import { unzipSync, zipSync } from 'fflate';

import type { Properties } from './resource-type.ts';
import { ARCHIVE, ASSET, isMap, SIGNATURE } from './values.ts';

/** @throws for assets of the network, and for what is no archive */
export function zipped(archive: unknown): Uint8Array {
  return zipSync(archiveFiles(archive), { level: 1 });
}

function archiveFiles(archive: unknown): Record<string, Uint8Array> {
  if (!isMap(archive) || archive[SIGNATURE] !== ARCHIVE) throw new Error('The code of a function must be an archive.');
  const { path, assets } = archive;
  if (typeof path === 'string') return statSync(path).isDirectory() ? folderFiles(path) : unzipSync(readFileSync(path));
  if (!isMap(assets)) throw new Error('The stand-in reads archives from files and texts, not from the network.');
  const files: Record<string, Uint8Array> = {};
  for (const [name, value] of Object.entries(assets)) {
    if (!isMap(value)) throw new Error(`What is in the archive as ${name} is neither asset nor archive.`);
    if (value[SIGNATURE] === ASSET) files[posix.normalize(name)] = assetBytes(name, value);
    else for (const [inner, bytes] of Object.entries(archiveFiles(value))) files[posix.join(name, inner)] = bytes;
  }
  return files;
}

function assetBytes(name: string, { text, path }: Properties): Uint8Array {
  if (typeof text === 'string') return Buffer.from(text);
  if (typeof path === 'string') return readFileSync(path);
  throw new Error(`The stand-in reads assets from files and texts, and ${name} is neither.`);
}

function folderFiles(folder: string): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[relative(folder, path).split(sep).join('/')] = readFileSync(path);
  }
  return files;
}
