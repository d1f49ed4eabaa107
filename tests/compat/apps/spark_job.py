"""A PySpark program: word count with the RDD interface and a DataFrame job. spark_job.py INPUT OUTPUT"""
import sys

from pyspark.sql import SparkSession, functions


def main():
    source, target = sys.argv[1:3]
    spark = SparkSession.builder.appName("tusk compat").getOrCreate()
    words = spark.sparkContext.textFile(source, 3).flatMap(lambda line: line.split())
    counts = words.map(lambda word: (word, 1)).reduceByKey(lambda a, b: a + b, 2)
    counts.sortByKey(numPartitions=1).map(lambda pair: f"{pair[0]}\t{pair[1]}").saveAsTextFile(target + "/rdd")

    frame = spark.read.text(source).select(functions.explode(functions.split("value", " ")).alias("word"))
    frame = frame.where("word != ''").groupBy(functions.substring("word", 1, 1).alias("letter")).agg(
        functions.count("*").alias("words"), functions.countDistinct("word").alias("different"))
    frame.write.mode("overwrite").parquet(target + "/parquet")
    back = spark.read.parquet(target + "/parquet").orderBy("letter").coalesce(1)
    back.write.mode("overwrite").csv(target + "/csv", header=True)
    print("letters:", back.count())
    spark.stop()


main()
