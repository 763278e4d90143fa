namespace KollaNet.ImageService.Tests.Api;

public sealed class VersionsAndRoutingOverSqlite(ApiServer api) : VersionsAndRoutingContract(api), IClassFixture<ApiServer>;

public sealed class VersionsAndRoutingOverMariaDb(MariaDbApi fixture) : VersionsAndRoutingContract(fixture.Server), IClassFixture<MariaDbApi>;

public sealed class ForbiddenOrUnseenOverSqlite(VisibilitiesApi fixture) : ForbiddenOrUnseenContract(fixture), IClassFixture<VisibilitiesApi>;

public sealed class ForbiddenOrUnseenOverMariaDb(VisibilitiesMariaDbApi fixture) : ForbiddenOrUnseenContract(fixture), IClassFixture<VisibilitiesMariaDbApi>;

public sealed class ImageCreationOverSqlite(ApiServer api) : ImageCreationContract(api), IClassFixture<ApiServer>;

public sealed class ImageCreationOverMariaDb(MariaDbApi fixture) : ImageCreationContract(fixture.Server), IClassFixture<MariaDbApi>;

public sealed class ImageChangesOverSqlite(ApiServer api) : ImageChangesContract(api), IClassFixture<ApiServer>;

public sealed class ImageChangesOverMariaDb(MariaDbApi fixture) : ImageChangesContract(fixture.Server), IClassFixture<MariaDbApi>;

public sealed class ImageListsOverSqlite(ApiServer api) : ImageListsContract(api), IClassFixture<ApiServer>;

public sealed class ImageListsOverMariaDb(MariaDbApi fixture) : ImageListsContract(fixture.Server), IClassFixture<MariaDbApi>;

public sealed class MembersAndTagsOverSqlite(ApiServer api) : MembersAndTagsContract(api), IClassFixture<ApiServer>;

public sealed class MembersAndTagsOverMariaDb(MariaDbApi fixture) : MembersAndTagsContract(fixture.Server), IClassFixture<MariaDbApi>;

public sealed class ImageDataOverSqlite(ApiServer api) : ImageDataContract(api), IClassFixture<ApiServer>;

public sealed class ImageDataOverMariaDb(MariaDbApi fixture) : ImageDataContract(fixture.Server), IClassFixture<MariaDbApi>;

public sealed class TasksOverSqlite(ApiServer api) : TasksContract(api), IClassFixture<ApiServer>;

public sealed class TasksOverMariaDb(MariaDbApi fixture) : TasksContract(fixture.Server), IClassFixture<MariaDbApi>;

public sealed class GoldenBodiesOverSqlite(ApiServer api) : GoldenBodiesContract(api), IClassFixture<ApiServer>;

public sealed class GoldenBodiesOverMariaDb(MariaDbApi fixture) : GoldenBodiesContract(fixture.Server), IClassFixture<MariaDbApi>;

public sealed class StoreCopiesOverSqlite(TwoStoreApi fixture) : StoreCopiesContract(fixture.Server), IClassFixture<TwoStoreApi>;

public sealed class StoreCopiesOverMariaDb(TwoStoreMariaDbApi fixture) : StoreCopiesContract(fixture.Server), IClassFixture<TwoStoreMariaDbApi>;

public sealed class LocationsOverSqlite() : LocationsContract(null);

public sealed class LocationsOverMariaDb() : LocationsContract(MariaDbApi.NewDatabaseAsync);

public sealed class LocationPatchOverSqlite() : LocationPatchContract(null);

public sealed class LocationPatchOverMariaDb() : LocationPatchContract(MariaDbApi.NewDatabaseAsync);

public sealed class ClientSequencesOverSqlite() : ClientSequencesContract(null);

public sealed class ClientSequencesOverMariaDb() : ClientSequencesContract(MariaDbApi.NewDatabaseAsync);
