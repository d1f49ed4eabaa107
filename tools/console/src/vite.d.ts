// What Vite gives for a file that is imported for its URL.
declare module '*.svg' {
  const url: string;
  export default url;
}
