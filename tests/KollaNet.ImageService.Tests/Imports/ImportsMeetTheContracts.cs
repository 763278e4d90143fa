using KollaNet.ImageService.Tests.Api;

namespace KollaNet.ImageService.Tests.Imports;

public sealed class ImportsOverSqlite() : ImportContract(null);

public sealed class ImportsOverMariaDb() : ImportContract(MariaDbApi.NewDatabaseAsync);

public sealed class ImportRefusalsOverSqlite(TwoStoreApi fixture) : ImportRefusalsContract(fixture.Server), IClassFixture<TwoStoreApi>;

public sealed class ImportRefusalsOverMariaDb(TwoStoreMariaDbApi fixture) : ImportRefusalsContract(fixture.Server), IClassFixture<TwoStoreMariaDbApi>;

public sealed class StagingOverSqlite(ApiServer api) : StagingContract(api), IClassFixture<ApiServer>;

public sealed class StagingOverMariaDb(MariaDbApi fixture) : StagingContract(fixture.Server), IClassFixture<MariaDbApi>;
