import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Arrows point down only: apps → control, storage → session, policy → wire, sys (docs/architecture.md). Tools may share. */
const layers = [
  [
    'layer:app',
    ['layer:service', 'layer:engine', 'layer:storage', 'layer:session', 'layer:pure', 'layer:native'],
  ],
  [
    'layer:tool',
    [
      'layer:tool',
      'layer:service',
      'layer:engine',
      'layer:storage',
      'layer:session',
      'layer:pure',
      'layer:native',
    ],
  ],
  ['layer:service', ['layer:pure', 'layer:native']],
  ['layer:engine', ['layer:storage', 'layer:session', 'layer:pure', 'layer:native']],
  ['layer:storage', ['layer:session', 'layer:pure', 'layer:native']],
  ['layer:session', ['layer:pure', 'layer:native']],
  ['layer:pure', []],
  ['layer:native', []],
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/generated/**', '**/.nx/**', '.sluice/**'] },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts', '**/*.mjs'],
    plugins: { '@nx': nx },
    rules: {
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          // What runs before packages are linked is no package.
          allow: ['../setup/bundle.mjs'],
          depConstraints: layers.map(([sourceTag, onlyDependOnLibsWithTags]) => ({
            sourceTag,
            onlyDependOnLibsWithTags,
          })),
        },
      ],
    },
  },
  { files: ['tools/**', 'apps/sluice/**', '**/*.mjs'], rules: { 'no-console': 'off' } },
);
