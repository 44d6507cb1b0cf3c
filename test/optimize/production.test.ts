import { expect } from 'chai';

import { known, tagMap } from '../../src/engine/model.ts';
import type { Fact } from '../../src/engine/model.ts';
import { productionSigns, refuseEnvironment } from '../../src/optimize/production.ts';
import type { GuardedRun, GuardSettings } from '../../src/optimize/production.ts';
import { UserError } from '../../src/user-error.ts';
import { thrownBy } from '../support/errors.ts';
import { computeInstance, databaseCluster, fargateService, replicationGroup } from '../support/optimize.ts';

const ID = '111122223333';

interface Given extends Partial<Omit<GuardedRun, 'account' | 'settings'>> {
  readonly alias?: Fact<string | null>;
  readonly settings?: Partial<GuardSettings>;
}

const signs = ({ environment = 'dev', alias = known(null), found = [], settings = {} }: Given) =>
  productionSigns({ environment, account: { id: ID, alias }, found, settings: { select: {}, ...settings } });

const named = (id: string, settings: Partial<GuardSettings> = {}) =>
  signs({ found: [databaseCluster({ id })], settings });

describe('the production guard', () => {
  for (const name of [
    'prod',
    'PROD',
    'PrOd',
    'prd',
    'live',
    'production',
    'tapstack-prod',
    'tapstack_prod.db',
    'prod-eu-1',
    'tapstack-prod2',
    'tapstack-2prod',
    'tapstack-prod2a',
    'TapStackProd',
    'TapStackPRODCluster',
    'TapStackProductionDB',
    'ProdTapStack',
    'tapstackprod',
    'streamflixlive-dev',
    'tapstack-dev-prod',
    'tapstack-non-critical-prod',
    'prod-non-critical',
    'tapstack prod',
    'équipe-prod',
    'équipeProd',
  ]) {
    it(`refuses the name ${name}`, () => {
      expect(named(name)).to.deep.equal([`The name of ${name} looks like production.`]);
    });
  }

  for (const name of [
    'tapstack-dev',
    'TapStackdev',
    'nonprod',
    'non-prod',
    'NonProd',
    'nonPROD',
    'NONPROD',
    'preprod',
    'pre-prod-2',
    'preProduction',
    'not-production',
    'not_live',
    'tapstack-nonprod-db',
    'product-catalog',
    'tapstack-product-dev',
    'tapstackproduct-dev',
    'delivery',
    'delivery-dev',
    'olive',
    'liveness',
    'reproduce',
    'productions',
    'prodigy',
    '',
  ]) {
    it(`lets the name ${JSON.stringify(name)} pass`, () => {
      expect(named(name)).to.deep.equal([]);
    });
  }

  it('looks at the environment', () => {
    expect(signs({ environment: 'prod-eu' })).to.deep.equal([
      'The environment prod-eu looks like production, which is never scaled down.',
    ]);
  });

  it('looks at the alias of the account, where it could be read', () => {
    expect(signs({ alias: known('acme-production') })).to.deep.equal([
      'Account 111122223333 has the alias acme-production, which looks like production.',
    ]);
    expect(signs({ alias: known('acme-development') })).to.deep.equal([]);
    expect(signs({ alias: { known: false, reason: 'denied', permission: 'iam:ListAccountAliases' } })).to.deep.equal(
      [],
    );
  });

  it('keeps to the accounts that may be changed', () => {
    expect(signs({ settings: { accounts: ['444455556666', ID] } })).to.deep.equal([]);
    expect(signs({ settings: { accounts: ['444455556666'] } })).to.deep.equal([
      'Account 111122223333 is not among those that may be changed (optimize.accounts).',
    ]);
  });

  it('looks at the tags that tell environments, and at the stack', () => {
    const tags = known(
      tagMap([
        ['ENV', 'Prod'],
        ['stage', 'live'],
        ['Tier', 'non-prod'],
        ['Environment', 'dev'],
        ['Owner', 'production'],
        ['aws:cloudformation:stack-name', 'TapStackprod'],
      ]),
    );
    expect(signs({ found: [replicationGroup({ id: 'a', tags })] })).to.deep.equal([
      'a has the tag ENV=Prod, which looks like production.',
      'a has the tag stage=live, which looks like production.',
      'a has the tag aws:cloudformation:stack-name=TapStackprod, which looks like production.',
    ]);
  });

  it('goes by names where tags could not be read', () => {
    const tags = { known: false, reason: 'denied' } as const;
    expect(signs({ found: [databaseCluster({ id: 'a', tags })] })).to.deep.equal([]);
    expect(signs({ found: [databaseCluster({ id: 'a-prod', tags })] })).to.deep.equal([
      'The name of a-prod looks like production.',
    ]);
  });

  it('looks at the cluster of a service, and at every resource', () => {
    const cluster = { name: 'prod', arn: 'arn:aws:ecs:us-east-1:111122223333:cluster/prod' };
    const found = [databaseCluster({ id: 'live-db' }), fargateService({ cluster }), replicationGroup()];
    expect(signs({ environment: 'prod', found, settings: { accounts: ['444455556666'] } })).to.deep.equal([
      'The environment prod looks like production, which is never scaled down.',
      'Account 111122223333 is not among those that may be changed (optimize.accounts).',
      'The name of live-db looks like production.',
      'The name of prod/web looks like production.',
    ]);
  });

  it('reads the name of what is known by a tag, and its id', () => {
    const found = [computeInstance({ name: 'shop-prod-web' }), computeInstance({ id: 'i-0fedcba9876543210' })];
    expect(signs({ found })).to.deep.equal(['The name of shop-prod-web looks like production.']);
  });

  it('takes further words, of several parts too', () => {
    const settings = { production: ['Main', 'blue-green', 'p1', '--'] };
    for (const name of ['db-main', 'x-blue-green-y', 'x-p1', 'db-prod']) {
      expect(named(name, settings), name).to.deep.equal([`The name of ${name} looks like production.`]);
    }
    for (const name of ['maintenance', 'non-main', 'blue', 'green-blue', 'x-blue', 'p2', 'cap1']) {
      expect(named(name, settings), name).to.deep.equal([]);
    }
  });

  it('sets the names apart that resources begin with', () => {
    const settings = { select: { names: ['Pro', 'c++'] } };
    expect(named('prolive', settings)).to.deep.equal(['The name of prolive looks like production.']);
    expect(named('c++prod', settings)).to.deep.equal(['The name of c++prod looks like production.']);
    // The name is not taken out of a word that is production itself.
    expect(named('x-prod', settings)).to.deep.equal(['The name of x-prod looks like production.']);
    expect(named('tapstackprod', settings)).to.deep.equal([]);
  });
});

describe('refuseEnvironment', () => {
  it('refuses production before anything is asked, without repeating what was typed in a document', async () => {
    const error = await thrownBy(() => {
      refuseEnvironment('prod', { select: {} });
    });
    if (!(error instanceof UserError)) throw error;
    const { message, echoFree, code, exitCode, suggestions } = error;
    expect({ message, echoFree, code, exitCode, suggestions }).to.deep.equal({
      message: 'The environment prod looks like production, which is never scaled down.',
      echoFree: 'The environment … looks like production, which is never scaled down.',
      code: 'PRODUCTION',
      exitCode: 2,
      suggestions: ['Name a development environment with --environment'],
    });
  });

  it('lets others pass, unless a word of the configuration says otherwise', async () => {
    refuseEnvironment('dev', { select: {} });
    refuseEnvironment('nonprod', { select: {} });
    expect(
      await thrownBy(() => {
        refuseEnvironment('dev', { select: {}, production: ['dev'] });
      }),
    ).to.be.instanceOf(UserError);
  });
});
