// Goal: metrics come out as Prometheus and JMX readers expect them.
#include "base/metrics/metrics.h"

#include "base/testing/matchers.h"

namespace tusk {
namespace {

TEST(MetricsTest, PrometheusTextKeepsFamiliesTogether) {
  MetricRegistry registry;
  registry.NewCounter({.name = "a_total", .help = "As.", .labels = {{"kind", "x\"y"}}}).Add(3);
  registry.NewGauge({.name = "b", .help = "Bs."}).Set(-2);
  registry.NewCounter({.name = "a_total", .help = "As.", .labels = {{"kind", "z"}}}).Add(4);
  registry.AddCollector([](MetricSink& sink) { sink.Gauge("c", "Cs.", {}, 1.5); });
  EXPECT_EQ(registry.PrometheusText(),
            "# HELP a_total As.\n# TYPE a_total counter\na_total{kind=\"x\\\"y\"} 3\na_total{kind=\"z\"} 4\n"
            "# HELP b Bs.\n# TYPE b gauge\nb -2\n"
            "# HELP c Cs.\n# TYPE c gauge\nc 1.5\n");
}

TEST(MetricsTest, LatenciesFallIntoPowersOfTwo) {
  LatencyHistogram histogram;
  histogram.Record(1us);
  histogram.Record(2us);
  histogram.Record(3us);
  histogram.Record(std::chrono::hours(1));
  EXPECT_EQ(histogram.CumulativeCount(0), 1u);
  EXPECT_EQ(histogram.CumulativeCount(1), 2u);
  EXPECT_EQ(histogram.CumulativeCount(2), 3u);
  EXPECT_EQ(histogram.CumulativeCount(LatencyHistogram::kBuckets - 1), 3u);
  EXPECT_EQ(histogram.count(), 4u);
}

TEST(MetricsTest, AttributesOfOneBeanAreGathered) {
  MetricRegistry registry;
  registry.NewCounter({.name = "a_total", .help = "", .bean = "Hadoop:service=X,name=Y", .attribute = "A"}).Add(1);
  registry.AddBean("Hadoop:service=X,name=Z", [](Bean& bean) { bean.Set("Text", "a\"b").Set("Flag", true).Set("Share", 1.0); });
  registry.NewLatency({.name = "t", .help = "", .bean = "Hadoop:service=X,name=Y", .attribute = "Op"}).Record(2ms);
  EXPECT_EQ(BeansToJson(registry.Beans("Hadoop:*")),
            "{\n  \"beans\" : [ {\n    \"name\" : \"Hadoop:service=X,name=Y\",\n    \"modelerType\" : \"Y\",\n"
            "    \"A\" : 1,\n    \"OpNumOps\" : 1,\n    \"OpAvgTime\" : 2.0\n  }, {\n"
            "    \"name\" : \"Hadoop:service=X,name=Z\",\n    \"modelerType\" : \"Z\",\n"
            "    \"Text\" : \"a\\\"b\",\n    \"Flag\" : true,\n    \"Share\" : 1.0\n  } ]\n}");
  EXPECT_EQ(registry.Beans("Hadoop:service=X,name=Z").size(), 1u);
}

TEST(ObjectNameTest, PatternsMatchAsInJava) {
  EXPECT_TRUE(ObjectNameMatches("*:*", "Hadoop:service=NameNode,name=NameNodeInfo"));
  EXPECT_TRUE(ObjectNameMatches("Hadoop:name=NameNodeInfo,service=NameNode", "Hadoop:service=NameNode,name=NameNodeInfo"));
  EXPECT_TRUE(ObjectNameMatches("Hadoop:service=NameNode,name=RpcActivityForPort*", "Hadoop:service=NameNode,name=RpcActivityForPort8020"));
  EXPECT_TRUE(ObjectNameMatches("Hadoop:service=NameNode,*", "Hadoop:service=NameNode,name=NameNodeInfo"));
  EXPECT_FALSE(ObjectNameMatches("Hadoop:service=NameNode", "Hadoop:service=NameNode,name=NameNodeInfo"));
  EXPECT_FALSE(ObjectNameMatches("java.lang:*", "Hadoop:service=NameNode,name=NameNodeInfo"));
  EXPECT_FALSE(ObjectNameMatches("nonsense", "Hadoop:service=NameNode,name=NameNodeInfo"));
}

}  // namespace
}  // namespace tusk
