// An application master of Hadoop's own client libraries (AMRMClient, NMClient), unmanaged, so that it and its client are
// one program. `updates`: containers are made larger and smaller, demoted and promoted, and wrong requests are refused.
// `hold NAME TYPE TAGS FILE`: runs one container and ends when the file is there. `keys`: the master goes on while the keys that sign its tokens are rolled away under it. What it sees goes to
// standard output without numbers that differ from run to run. Compared with Hadoop's own daemons, which need
// yarn.resourcemanager.opportunistic-container-allocation.enabled to demote, and promote only with the next container.
import java.io.File;
import java.security.PrivilegedExceptionAction;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.security.token.Token;
import org.apache.hadoop.security.token.TokenIdentifier;
import org.apache.hadoop.ipc.RPC;
import org.apache.hadoop.security.token.SecretManager;
import org.apache.hadoop.yarn.api.ApplicationMasterProtocol;
import org.apache.hadoop.yarn.api.protocolrecords.AllocateResponse;
import org.apache.hadoop.yarn.api.protocolrecords.RegisterApplicationMasterRequest;
import org.apache.hadoop.yarn.api.records.*;
import org.apache.hadoop.yarn.client.ClientRMProxy;
import org.apache.hadoop.yarn.client.api.AMRMClient;
import org.apache.hadoop.yarn.client.api.AMRMClient.ContainerRequest;
import org.apache.hadoop.yarn.client.api.NMClient;
import org.apache.hadoop.yarn.client.api.NMTokenCache;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.client.api.YarnClientApplication;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.InvalidApplicationMasterRequestException;
import org.apache.hadoop.yarn.security.AMRMTokenIdentifier;
import org.apache.hadoop.yarn.security.ContainerTokenIdentifier;
import org.apache.hadoop.yarn.util.ConverterUtils;

public final class MasterProbe {
  private static final long PATIENCE_MS = 120_000;
  private final YarnConfiguration conf = new YarnConfiguration();
  private final YarnClient client = YarnClient.createYarnClient();
  private AMRMClient<ContainerRequest> rm;
  private NMClient nm;
  private ApplicationId application;

  private interface Condition { boolean met() throws Exception; }

  /** Asks every 200 ms; the answer's containers must not get lost, so whoever waits looks at each answer. */
  private void until(String what, Condition condition) throws Exception {
    long deadline = System.currentTimeMillis() + PATIENCE_MS;
    while (!condition.met()) {
      if (System.currentTimeMillis() > deadline) throw new IllegalStateException("gave up: " + what);
      Thread.sleep(200);
    }
  }

  private static void say(String text) { System.out.println(text); }

  private Token<AMRMTokenIdentifier> submit(String name, String type, String tags) throws Exception {
    client.init(conf);
    client.start();
    YarnClientApplication created = client.createApplication();
    ApplicationSubmissionContext context = created.getApplicationSubmissionContext();
    application = context.getApplicationId();
    context.setApplicationName(name);
    context.setApplicationType(type);
    if (!tags.isEmpty()) context.setApplicationTags(new HashSet<>(Arrays.asList(tags.split(","))));
    context.setQueue("default");
    context.setUnmanagedAM(true);
    context.setAMContainerSpec(ContainerLaunchContext.newInstance(null, null, null, null, null, null));
    context.setResource(Resource.newInstance(256, 1));
    client.submitApplication(context);
    until("the attempt is launched", () -> client.getAMRMToken(application) != null);
    return client.getAMRMToken(application);
  }

  private Container allocate(int memory) throws Exception {
    ContainerRequest request = new ContainerRequest(Resource.newInstance(memory, 1), null, null, Priority.newInstance(1));
    rm.addContainerRequest(request);
    Container[] got = new Container[1];
    until("a container of " + memory, () -> {
      List<Container> allocated = rm.allocate(0.1f).getAllocatedContainers();
      if (!allocated.isEmpty()) got[0] = allocated.get(0);
      return got[0] != null;
    });
    rm.removeContainerRequest(request);
    return got[0];
  }

  private void launch(Container container) throws Exception {
    nm.startContainer(container, ContainerLaunchContext.newInstance(null, null, Arrays.asList("trap '' QUIT; exec sleep 1000"), null, null, null));
    until("it runs", () -> status(container).getContainerSubState() == ContainerSubState.RUNNING);
  }

  private ContainerStatus status(Container container) throws Exception {
    return nm.getContainerStatus(container.getId(), container.getNodeId());
  }

  private static String of(Resource resource) { return resource.getMemorySize() + " MB, " + resource.getVirtualCores(); }

  /** Requests one change and says what the resource manager answers; the container as it is now. */
  private Container change(String what, Container container, ContainerUpdateType type, Resource target, ExecutionType execution,
                           int answers) throws Exception {
    rm.requestContainerUpdate(container, UpdateContainerRequest.newInstance(container.getVersion(), container.getId(), type,
        target, execution));
    Container[] now = {container};
    int[] left = {answers};
    until(what, () -> {
      AllocateResponse answer = rm.allocate(0.2f);
      for (UpdateContainerError error : answer.getUpdateErrors()) {
        say(what + ": refused: " + error.getReason() + ", version " + error.getCurrentContainerVersion());
        left[0] = 0;
      }
      for (UpdatedContainer updated : answer.getUpdatedContainers()) {
        now[0] = updated.getContainer();
        say(what + ": " + updated.getUpdateType() + ": " + of(now[0].getResource()) + ", " + now[0].getExecutionType()
            + ", version " + now[0].getVersion());
        left[0] = 0;
      }
      return --left[0] < 0;
    });
    if (now[0] == container) say(what + ": as before");
    return now[0];
  }

  private Container promote(Container container) throws Exception {
    rm.requestContainerUpdate(container, UpdateContainerRequest.newInstance(container.getVersion(), container.getId(),
        ContainerUpdateType.PROMOTE_EXECUTION_TYPE, null, ExecutionType.GUARANTEED));
    Container[] now = {container};
    until("promotion", () -> {
      for (UpdatedContainer updated : rm.allocate(0.2f).getUpdatedContainers()) now[0] = updated.getContainer();
      return now[0] != container;
    });
    say("promote: " + of(now[0].getResource()) + ", " + now[0].getExecutionType() + ", version " + now[0].getVersion());
    return now[0];
  }

  /** Tells the node manager of the change; what it says of the container then. */
  private void tellNode(Container container) throws Exception {
    nm.updateContainerResource(container);
    ExecutionType execution = container.getExecutionType();
    Resource size = container.getResource();
    until("the node has it", () -> {
      ContainerStatus status = status(container);
      return status.getCapability().equals(size) && status.getExecutionType() == execution;
    });
    say("  on the node: " + of(status(container).getCapability()) + ", " + status(container).getExecutionType() + ", "
        + status(container).getContainerSubState());
    until("the resource manager says so", () -> {
      rm.allocate(0.3f);
      return client.getContainerReport(container.getId()).getAllocatedResource().equals(size);
    });
  }

  private void updates() throws Exception {
    Container first = allocate(256);
    launch(first);
    Container stale = first;
    first = change("increase", first, ContainerUpdateType.INCREASE_RESOURCE, Resource.newInstance(768, 2), null, 100);
    tellNode(first);
    first = change("decrease", first, ContainerUpdateType.DECREASE_RESOURCE, Resource.newInstance(512, 1), null, 100);
    tellNode(first);
    change("stale version", stale, ContainerUpdateType.INCREASE_RESOURCE, Resource.newInstance(1024, 1), null, 10);
    change("beyond the maximum", first, ContainerUpdateType.INCREASE_RESOURCE, Resource.newInstance(1 << 20, 1), null, 10);
    first = change("demote", first, ContainerUpdateType.DEMOTE_EXECUTION_TYPE, null, ExecutionType.OPPORTUNISTIC, 15);
    tellNode(first);
    first = promote(first);
    tellNode(first);
    Container unknown = Container.newInstance(ContainerId.newContainerId(first.getId().getApplicationAttemptId(), 99),
        first.getNodeId(), null, first.getResource(), null, null);
    change("unknown container", unknown, ContainerUpdateType.INCREASE_RESOURCE, Resource.newInstance(1024, 1), null, 10);

    // No room: it waits until another container goes.
    Container second = allocate(1024);
    launch(second);
    change("increase beyond the node's room", first, ContainerUpdateType.INCREASE_RESOURCE, Resource.newInstance(1536, 1), null, 5);
    nm.stopContainer(second.getId(), second.getNodeId());
    Container[] now = {first};
    until("the increase comes", () -> {
      for (UpdatedContainer updated : rm.allocate(0.4f).getUpdatedContainers()) now[0] = updated.getContainer();
      return now[0].getResource().getMemorySize() == 1536;
    });
    tellNode(now[0]);
    say("room was made: " + of(now[0].getResource()));
  }

  private static Token<AMRMTokenIdentifier> masterToken() throws Exception {
    for (Token<? extends TokenIdentifier> token : UserGroupInformation.getCurrentUser().getTokens()) {
      if (token.getKind().equals(AMRMTokenIdentifier.KIND_NAME)) {
        @SuppressWarnings("unchecked") Token<AMRMTokenIdentifier> found = (Token<AMRMTokenIdentifier>) token;
        return found;
      }
    }
    throw new IllegalStateException("no AMRM token");
  }
  private static int keyOf(Token<AMRMTokenIdentifier> token) throws Exception { return token.decodeIdentifier().getKeyId(); }

  private static int containerKey(Container container) throws Exception {
    Token<ContainerTokenIdentifier> token = ConverterUtils.convertFromYarn(container.getContainerToken(), (Text) null);
    return token.decodeIdentifier().getMasterKeyId();
  }

  private void keys() throws Exception {
    Token<AMRMTokenIdentifier> token = masterToken();
    Token<AMRMTokenIdentifier> oldest = new Token<>(token);
    Container first = allocate(256);
    launch(first);
    int rolls = 0;
    int containerKey = containerKey(first);
    // Twice: by then the first key is nobody's previous key either.
    while (rolls < 2) {
      int before = keyOf(masterToken());
      until("a new token", () -> { rm.allocate(0.5f); return keyOf(masterToken()) != before; });
      ++rolls;
      say("a new token for the master");
      // Idle connections are closed after a second here: the next call comes with the new token.
      Thread.sleep(2500);
      rm.allocate(0.5f);
      say("it is taken");
    }
    until("the old one is refused", () -> !taken(oldest));
    say("the first token is refused");
    Container[] second = {allocate(256)};
    until("a container under another key", () -> {
      if (containerKey(second[0]) != containerKey) return true;
      rm.releaseAssignedContainer(second[0].getId());
      second[0] = allocate(256);
      return false;
    });
    launch(second[0]);
    say("a container under a new key runs: " + status(second[0]).getState());
    say("the first one: " + status(first).getState());
    nm.stopContainer(first.getId(), first.getNodeId());
    until("it has ended", () -> status(first).getState() == ContainerState.COMPLETE);
    say("it can still be stopped");
  }

  /** Whether the resource manager's scheduler port lets this token in. */
  private boolean taken(Token<AMRMTokenIdentifier> token) throws Exception {
    UserGroupInformation other = UserGroupInformation.createRemoteUser("other");
    other.addToken(token);
    return other.doAs((PrivilegedExceptionAction<Boolean>) () -> {
      ApplicationMasterProtocol proxy = ClientRMProxy.createRMProxy(conf, ApplicationMasterProtocol.class);
      try {
        proxy.registerApplicationMaster(RegisterApplicationMasterRequest.newInstance("localhost", -1, ""));
        throw new IllegalStateException("registered twice");
      } catch (InvalidApplicationMasterRequestException already) {
        return true;
      } catch (SecretManager.InvalidToken refused) {
        return false;
      } finally {
        RPC.stopProxy(proxy);
      }
    });
  }

  private void hold(File file) throws Exception {
    if (file.getName().equals("none")) return;
    Container container = allocate(256);
    launch(container);
    say("holds " + container.getId());
    while (!file.exists()) {
      rm.allocate(0.5f);
      Thread.sleep(200);
    }
  }

  private void run(String[] args) throws Exception {
    String mode = args[0];
    boolean holds = mode.equals("hold");
    Token<AMRMTokenIdentifier> token = submit(holds ? args[1] : "probe", holds ? args[2] : "PROBE", holds ? args[3] : "");
    UserGroupInformation master = UserGroupInformation.createRemoteUser(UserGroupInformation.getCurrentUser().getShortUserName());
    master.addToken(token);
    master.doAs((PrivilegedExceptionAction<Void>) () -> {
      NMTokenCache cache = new NMTokenCache();
      rm = AMRMClient.createAMRMClient();
      rm.setNMTokenCache(cache);
      rm.init(conf);
      rm.start();
      nm = NMClient.createNMClient();
      nm.setNMTokenCache(cache);
      nm.init(conf);
      nm.start();
      rm.registerApplicationMaster("localhost", -1, "");
      if (holds) hold(new File(args[4])); else if (mode.equals("keys")) keys(); else updates();
      rm.unregisterApplicationMaster(FinalApplicationStatus.SUCCEEDED, "", "");
      nm.cleanupRunningContainersOnStop(false);
      nm.stop();
      rm.stop();
      return null;
    });
    until("the end", () -> client.getApplicationReport(application).getYarnApplicationState() == YarnApplicationState.FINISHED);
    say("finished: " + client.getApplicationReport(application).getFinalApplicationStatus());
    client.stop();
  }

  public static void main(String[] args) throws Exception {
    new MasterProbe().run(args);
  }
}
